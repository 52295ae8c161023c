namespace PolicyGateway.Cli.Login;

/// <summary>The provider was asked and said no; unlike a <see cref="CommandFault"/>, asking in the same way again will not help.</summary>
internal sealed class LoginRefused(string message) : Exception(message)
{
    private const int Refused = 1;
    private const int Unusable = 2;

    /// <summary>Runs a command; the exit status is 0, 1 for a refusal, 2 where nothing could be asked.</summary>
    public static async Task<int> ReportAsync(Func<Task> action, TextWriter errors)
    {
        try
        {
            await action();
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
            return 130;
        }
    }
}
