namespace PolicyGateway.Cli.Login;

/// <summary>The provider was asked and said no; unlike a <see cref="CommandFault"/>, asking in the same way again will not help.</summary>
internal sealed class LoginRefused(string message) : Exception(message)
{
    private const int Refused = 1;
    private const int Unusable = 2;

    /// <summary>Runs a command; the exit status is 0, 1 for a refusal, 2 where nothing could be asked, 130 or 143 where it was interrupted.</summary>
    /// <param name="action">The command, until it is done or a signal comes.</param>
    /// <param name="errors">Where it is told what went wrong.</param>
    /// <param name="cancellationToken">Interrupts it, too.</param>
    public static async Task<int> ReportAsync(Func<CancellationToken, Task> action, TextWriter errors, CancellationToken cancellationToken)
    {
        using var interruption = new Interruption(cancellationToken);
        try
        {
            await action(interruption.Token);
            return 0;
        }
        catch (LoginRefused refused)
        {
            await errors.WriteLineAsync(refused.Message);
            return Refused;
        }
        catch (CommandFault fault)
        {
            await errors.WriteLineAsync(fault.Message);
            return Unusable;
        }
        catch (OperationCanceledException)
        {
            return interruption.ExitStatus;
        }
    }
}
