using Microsoft.Extensions.Options;

namespace PolicyGateway.State;

/// <summary>Where grants, keys, requests and revocations are kept: the section <c>State</c>.</summary>
internal sealed class StateOptions
{
    public const string Section = "State";

    /// <summary>The database of the embedded store; relative to <c>Gateway:DataDirectory</c>. Default <c>state/state.db</c>.</summary>
    public string File { get; set; } = "state/state.db";

    /// <summary>How long a write waits for another process's, such as a backup; default 5 s, 0.1 s to 1 min; whole seconds, rounded up.</summary>
    public TimeSpan BusyTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>The same options with absolute paths.</summary>
    public StateOptions ResolvePaths(string dataDirectory)
    {
        // An empty path stays empty, for the validator to name it.
        File = string.IsNullOrWhiteSpace(File) ? "" : Path.GetFullPath(Path.Combine(dataDirectory, File));
        return this;
    }
}

/// <summary>Names every fault of the section.</summary>
internal sealed class StateOptionsValidator : IValidateOptions<StateOptions>
{
    public ValidateOptionsResult Validate(string? name, StateOptions options)
    {
        var faults = new List<string>();
        if (options.File.Length == 0)
        {
            faults.Add("State:File must name a file.");
        }

        if (options.BusyTimeout < TimeSpan.FromSeconds(0.1) || options.BusyTimeout > TimeSpan.FromMinutes(1))
        {
            faults.Add("State:BusyTimeout must be from 0.1 s to 1 min.");
        }

        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }
}
