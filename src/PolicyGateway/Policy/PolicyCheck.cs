using System.Collections.Immutable;
using System.Text;
using PolicyGateway.Classification;
using PolicyGateway.Identity;

namespace PolicyGateway.Policy;

/// <summary>From a policy file to a snapshot, or to every fault in it.</summary>
internal static class PolicyCheck
{
    // Far above any policy that people read; below what would hurt to parse again and again.
    private const int MostBytes = 1024 * 1024;

    public static PolicyCheckResult Check(string path, TierLadder ladder, ClassifierProfile profile)
    {
        try
        {
            return Check(File.ReadAllBytes(path), ladder, profile);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return PolicyCheckResult.Unreadable(fault.Message);
        }
    }

    public static PolicyCheckResult Check(ReadOnlySpan<byte> utf8, TierLadder ladder, ClassifierProfile profile)
    {
        if (utf8.Length > MostBytes)
        {
            return PolicyCheckResult.Unreadable($"A policy has at most {MostBytes} bytes; this one has {utf8.Length}.");
        }

        var faults = new List<PolicyFault>();
        var warnings = new List<PolicyFault>();
        if (PolicyParser.Parse(utf8, faults) is not { } root)
        {
            return new PolicyCheckResult([.. faults], [], null, null);
        }

        return Check(PolicyReader.Read(root, faults), ladder, profile, faults, warnings);
    }

    /// <summary>The same for a policy that was read before, against another profile.</summary>
    public static PolicyCheckResult Check(PolicyDocument document, TierLadder ladder, ClassifierProfile profile) =>
        Check(document, ladder, profile, [], []);

    private static PolicyCheckResult Check(
        PolicyDocument document, TierLadder ladder, ClassifierProfile profile, List<PolicyFault> faults, List<PolicyFault> warnings)
    {
        new PolicyValidator(document, ladder, profile, faults, warnings).Validate();
        return new PolicyCheckResult(
            [.. faults.OrderBy(fault => fault.Line)],
            [.. warnings.OrderBy(warning => warning.Line)],
            document.Version,
            faults.Count == 0 ? PolicySnapshot.Compile(document, ladder, profile) : null);
    }

    /// <summary>The same for a policy given as text.</summary>
    public static PolicyCheckResult CheckText(string json, TierLadder ladder, ClassifierProfile profile) =>
        Check(Encoding.UTF8.GetBytes(json), ladder, profile);
}

/// <summary>What a check found.</summary>
/// <param name="Faults">What must be mended before the policy can be used, in the order of the file.</param>
/// <param name="Warnings">What an operator should know.</param>
/// <param name="Version">Hash of the content; null where the text is no JSON.</param>
/// <param name="Snapshot">The policy, where it has no fault.</param>
internal sealed record PolicyCheckResult(
    ImmutableArray<PolicyFault> Faults, ImmutableArray<PolicyFault> Warnings, string? Version, PolicySnapshot? Snapshot)
{
    public static PolicyCheckResult Unreadable(string message) => new([new PolicyFault("$", 0, message)], [], null, null);
}
