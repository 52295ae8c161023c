namespace PolicyGateway.Policy;

/// <summary>One thing that is wrong, or worth knowing, about a policy file: where it stands and what to do.</summary>
/// <param name="Key">The key's path, for example <c>categories.cyber.requires.tier</c>; <c>$</c> is the whole file.</param>
/// <param name="Line">The line in the file, from 1; 0 where no line can be named.</param>
/// <param name="Message">A sentence that says what to mend.</param>
internal sealed record PolicyFault(string Key, int Line, string Message)
{
    public override string ToString() => Line > 0 ? $"{Key} (line {Line}): {Message}" : $"{Key}: {Message}";
}

/// <summary>A policy that cannot be used, with every fault that was found in it.</summary>
internal sealed class PolicyException(string path, IReadOnlyList<PolicyFault> faults)
    : Exception($"The policy '{path}' has {faults.Count} fault(s):{string.Concat(faults.Select(fault => "\n  " + fault))}")
{
    public string File { get; } = path;

    public IReadOnlyList<PolicyFault> Faults { get; } = faults;
}
