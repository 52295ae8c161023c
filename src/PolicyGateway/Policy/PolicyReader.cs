using System.Collections.Immutable;

namespace PolicyGateway.Policy;

/// <summary>
/// <see cref="PolicyNode"/> to <see cref="PolicyDocument"/>: kinds and words. What needs more than one key, the tiers or
/// the classifier is the <see cref="PolicyValidator"/>'s.
/// </summary>
internal static class PolicyReader
{
    private static readonly (string, PolicyResponse) Allow = ("allow", PolicyResponse.Allow);
    private static readonly (string, PolicyResponse) Log = ("log", PolicyResponse.Log);
    private static readonly (string, PolicyResponse) Hold = ("hold", PolicyResponse.Hold);
    private static readonly (string, PolicyResponse) Refuse = ("refuse", PolicyResponse.Refuse);

    public static PolicyDocument Read(PolicyNode root, List<PolicyFault> faults)
    {
        var file = new PolicyObject(root, faults, PolicyKeys.Root);
        return new PolicyDocument(
            file.String("name"),
            file.Word("mode", ("enforce", PolicyMode.Enforce), ("shadow", PolicyMode.Shadow)) ?? PolicyMode.Enforce,
            ReadTenants(file.Object("tenants"), faults),
            file.Word("anonymous", Allow, Refuse) ?? PolicyResponse.Refuse,
            file.Word("on_unknown", Refuse, Hold, Allow) ?? PolicyResponse.Refuse,
            file.Word("unclassified_input", Hold, Refuse) ?? PolicyResponse.Hold,
            file.Word("release", ("window", ReleaseMode.Window), ("hold_all", ReleaseMode.HoldAll)) ?? ReleaseMode.Window,
            file.Flag("moderation_scores") ?? false,
            ReadSeverity(file.List("severity"), faults),
            ReadCategories(file.Object("categories"), faults),
            root.ContentHash(),
            root);
    }

    private static ImmutableArray<TenantDocument> ReadTenants(PolicyNode? tenants, List<PolicyFault> faults)
    {
        var read = ImmutableArray.CreateBuilder<TenantDocument>();
        foreach (var (name, node) in tenants?.Members ?? [])
        {
            var tenant = new PolicyObject(node, faults, PolicyKeys.Tenant);
            if (node.Find("mode") is null)
            {
                faults.Add(new PolicyFault(node.Key, node.Line, "A tenant is listed for its mode: name one of enforce, shadow, off."));
            }

            var mode = tenant.Word("mode", ("enforce", PolicyMode.Enforce), ("shadow", PolicyMode.Shadow), ("off", PolicyMode.Off));
            read.Add(new TenantDocument(name, mode ?? PolicyMode.Enforce));
        }

        return read.ToImmutable();
    }

    private static ImmutableArray<SeverityRuleDocument> ReadSeverity(PolicyNode? rules, List<PolicyFault> faults)
    {
        var read = ImmutableArray.CreateBuilder<SeverityRuleDocument>();
        foreach (var node in rules?.Items ?? [])
        {
            var rule = new PolicyObject(node, faults, PolicyKeys.SeverityRule);
            if (node.Find("severity") is null)
            {
                faults.Add(new PolicyFault(node.Key, node.Line, "A severity rule gives a severity: name one of dual-use, prohibited."));
            }

            var severity = rule.Word(
                "severity",
                (Severity.DualUse.Name(), Severity.DualUse),
                (Severity.Prohibited.Name(), Severity.Prohibited));
            read.Add(new SeverityRuleDocument(
                severity ?? Severity.Prohibited, rule.String("category"), rule.String("head"), rule.Number("at_least"), node));
        }

        return read.ToImmutable();
    }

    private static ImmutableArray<CategoryDocument> ReadCategories(PolicyNode? categories, List<PolicyFault> faults) =>
        [.. (categories?.Members ?? []).Select(member => ReadCategory(member.Key, member.Value, faults))];

    private static CategoryDocument ReadCategory(string id, PolicyNode node, List<PolicyFault> faults)
    {
        var category = new PolicyObject(node, faults, PolicyKeys.Category);
        var threshold = category.Object("threshold") is { } bounds ? new PolicyObject(bounds, faults, PolicyKeys.Threshold) : null;
        return new CategoryDocument(id, node)
        {
            Title = category.String("title"),
            Description = category.String("description"),
            Examples = category.Strings("examples"),
            Head = category.String("head"),
            UncertainThreshold = threshold?.Number("uncertain"),
            FlaggedThreshold = threshold?.Number("flagged"),
            Requires = ReadRequires(category.Object("requires"), faults),
            Prompt = ReadRow(category.Object("prompt"), faults, Allow, Log, Hold, Refuse),
            Completion = ReadRow(category.Object("completion"), faults, Allow, Log, Refuse),
            VerificationUri = category.String("verification_uri"),
            HowLong = category.String("how_long"),
            Approvals = category.Number("approvals"),
            LongestGrantDays = category.Number("longest_grant_days"),
            Issuers = category.Strings("issuers"),
            AllowUnjudged = category.Flag("allow_unjudged"),
            Fallback = category.Flag("fallback") ?? false,
        };
    }

    private static RequiresDocument? ReadRequires(PolicyNode? node, List<PolicyFault> faults)
    {
        if (node is null)
        {
            return null;
        }

        var requires = new PolicyObject(node, faults, PolicyKeys.Requires);
        return new RequiresDocument(
            requires.String("tier"),
            requires.Strings("any_of"),
            requires.Strings("acr_values") ?? [],
            requires.Number("max_age"),
            requires.Flag("sender_constrained") ?? false,
            node)
        {
            CredentialMaxAge = requires.Number("credential_max_age"),
            CredentialAssurance = requires.Strings("credential_assurance") ?? [],
        };
    }

    private static RowDocument ReadRow(PolicyNode? node, List<PolicyFault> faults, params (string, PolicyResponse)[] words)
    {
        if (node is null)
        {
            return default;
        }

        var row = new PolicyObject(node, faults, PolicyKeys.Row);
        return new RowDocument(row.Word("uncertain", words), row.Word("flagged", words));
    }
}
