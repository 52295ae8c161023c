namespace PolicyGateway.Policy;

/// <summary>Every key that a policy file may have, by the object it stands in. The published schema lists the same.</summary>
internal static class PolicyKeys
{
    public const string Schema = "$schema";

    public static readonly string[] Root =
        [Schema, "name", "mode", "tenants", "anonymous", "on_unknown", "unclassified_input", "release", "moderation_scores", "severity", "categories"];

    public static readonly string[] Tenant = ["mode"];

    public static readonly string[] SeverityRule = ["severity", "category", "head", "at_least"];

    public static readonly string[] Category =
    [
        "title", "description", "examples", "head", "threshold", "requires", "prompt", "completion", "verification_uri",
        "how_long", "approvals", "longest_grant_days", "issuers", "allow_unjudged", "fallback",
    ];

    public static readonly string[] Threshold = ["uncertain", "flagged"];

    public static readonly string[] Requires = ["tier", "any_of", "acr_values", "max_age", "sender_constrained", "credential_max_age", "credential_assurance"];

    public static readonly string[] Row = ["uncertain", "flagged"];
}
