using Microsoft.Extensions.Options;

namespace PolicyGateway.Policy;

/// <summary>Where the policy is read from: the section <c>Policy</c>.</summary>
internal sealed class PolicyOptions
{
    public const string Section = "Policy";

    /// <summary>The policy file; relative to the content root. Default <c>policy.json</c>.</summary>
    public string File { get; set; } = "policy.json";

    /// <summary>
    /// How often the file is looked at besides the file system's own notices, which mounted volumes do not always give.
    /// Default 5 s; from 100 ms to 1 h.
    /// </summary>
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromSeconds(5);
}

/// <summary>Every fault of <see cref="PolicyOptions"/> at once.</summary>
internal sealed class PolicyOptionsValidator : IValidateOptions<PolicyOptions>
{
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    public ValidateOptionsResult Validate(string? name, PolicyOptions options)
    {
        var faults = new List<string>();
        if (string.IsNullOrWhiteSpace(options.File))
        {
            faults.Add($"{PolicyOptions.Section}:{nameof(options.File)} is empty: name the policy file.");
        }

        if (options.PollInterval < Shortest || options.PollInterval > Longest)
        {
            faults.Add($"{PolicyOptions.Section}:{nameof(options.PollInterval)} is {options.PollInterval}: give {Shortest} to {Longest}.");
        }

        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }
}
