using PolicyGateway.Classification;

namespace PolicyGateway.Policy;

/// <summary>One policy, compiled against a tier ladder and a classifier's heads: immutable, swapped whole.</summary>
internal sealed class PolicySnapshot
{
    /// <summary>Hash of the policy's content, stamped on every decision.</summary>
    public string Version => throw new NotSupportedException();

    /// <summary>How the policy is applied to a tenant.</summary>
    public PolicyMode ModeFor(string? tenant) => throw new NotSupportedException(tenant);

    /// <summary>What scores mean under this policy: thresholds, bands, inherited heads, severity rules.</summary>
    public Verdict Judge(Scores scores) => throw new NotSupportedException(scores.Stage);
}
