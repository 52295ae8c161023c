namespace PolicyGateway.Cli;

/// <summary>Something that whoever typed the command can mend: printed as one line, without a stack trace.</summary>
internal sealed class CommandFault(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>Runs a command's action; a fault is written to standard error and makes the exit status 1.</summary>
    /// <param name="action">The action.</param>
    /// <param name="errors">Where the fault is written instead.</param>
    public static async Task<int> ReportAsync(Func<Task<int>> action, TextWriter? errors = null)
    {
        try
        {
            return await action();
        }
        catch (CommandFault fault)
        {
            await (errors ?? Console.Error).WriteLineAsync(fault.Message);
            return 1;
        }
        catch (OperationCanceledException)
        {
            // 128 + SIGINT, as shells expect of a command that was interrupted.
            return 130;
        }
    }
}
