using System.Text.Json;
using PolicyGateway.Identity;
using PolicyGateway.Policy;

namespace PolicyGateway.Cli.Explaining;

/// <summary>A verdict, what the policy decides of it for a caller, and the rule that decides: as names and values.</summary>
internal static class DecisionAnswer
{
    public static Decision Decide(PolicySnapshot policy, Caller caller, Verdict verdict, bool isPrompt, DateTimeOffset now) => isPrompt
        ? PolicyTable.DecidePrompt(policy, caller, verdict, hasUnclassifiedInput: false, now)
        : PolicyTable.DecideCompletion(policy, caller, verdict, now);

    public static IReadOnlyList<(string Name, string? Value)> Of(PolicySnapshot policy, Caller caller, Verdict verdict, Decision decision, DateTimeOffset now) =>
    [
        ("decision", decision.Action.Name()),
        ("reason", decision.Reason),
        ("rule", decision.Rule),
        ("category", decision.Category),
        ("severity", verdict.IsUnknown ? "unknown" : verdict.Severity.Name()),
        ("required_tier", decision.Requirement?.Tier),
        ("required_credentials", decision.Requirement is { } needed ? string.Join(" | ", needed.AnyOfCredentials) : null),
        ("required_token", decision.Requirement is { SenderConstrained: true } ? "sender_constrained" : null),
        ("findings", string.Join(", ", verdict.Findings.Select(found => $"{found.Category} {found.Band.Name()} ({found.Severity.Name()})"))),
        ("clearance", string.Join(", ", PolicyTable.ClearanceOf(policy, caller, now).Categories.Order(StringComparer.Ordinal))),
        ("release_mode", JsonNamingPolicy.SnakeCaseLower.ConvertName(decision.ReleaseMode.ToString())),
        ("mode", JsonNamingPolicy.SnakeCaseLower.ConvertName(decision.Mode.ToString())),
        ("policy_version", decision.PolicyVersion),
    ];

    public static void Write(IEnumerable<(string Name, string? Value)> answer, TextWriter output)
    {
        foreach (var (name, value) in answer.Where(line => !string.IsNullOrEmpty(line.Value)))
        {
            output.WriteLine($"{name,-22}{value}");
        }
    }
}
