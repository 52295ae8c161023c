using System.Globalization;
using System.Text;
using System.Text.Json;
using PolicyGateway.Identity;

namespace PolicyGateway.Policy;

/// <summary>
/// The whole truth table of a policy, for people: a row per category, side and band; a column per tier, and in it the
/// decision without any credential, then with one that the category asks for; the login is as it asks, the token bound.
/// </summary>
internal static class PolicyTablePrinter
{
    private static readonly (Band Band, Severity Severity)[] Rows =
    [
        (Band.Uncertain, Severity.DualUse),
        (Band.Uncertain, Severity.Prohibited),
        (Band.Flagged, Severity.DualUse),
        (Band.Flagged, Severity.Prohibited),
    ];

    public static string Print(PolicySnapshot policy, TierLadder ladder, DateTimeOffset now)
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"policy {policy.Name}, version {policy.Version}")
            .AppendLine("in each cell: without / with a credential that is asked for");
        text.AppendLine(Line("category", "side", "text", [.. ladder.Tiers.Select(tier => tier.Name)]));
        foreach (var category in policy.Categories)
        {
            foreach (var isPrompt in new[] { true, false })
            {
                foreach (var (band, severity) in Rows)
                {
                    if (IsPossible(category, band, severity))
                    {
                        text.AppendLine(Line(
                            category.Id,
                            isPrompt ? "prompt" : "completion",
                            $"{band.Name()} {severity.Name()}",
                            [.. ladder.Tiers.Select(tier => Cell(policy, category, tier, (band, severity), isPrompt, now))]));
                    }
                }
            }
        }

        return text.ToString();
    }

    private static bool IsPossible(PolicyCategory category, Band band, Severity severity) =>
        severity == Severity.DualUse ? !category.IsProhibited
        : category.IsProhibited || (band == Band.Flagged && category.Rules.Any(rule => rule.Severity == Severity.Prohibited));

    private static string Cell(
        PolicySnapshot policy, PolicyCategory category, Tier tier, (Band Band, Severity Severity) row, bool isPrompt, DateTimeOffset now)
    {
        var finding = new Finding(category.Id, 1, row.Band, row.Severity);
        var verdict = new Verdict(row.Band == Band.Flagged ? row.Severity : Severity.Benign, [finding], "table", "table");
        var without = new Caller("table", "someone", null, null, tier, [], category.Requires.Value?.AcrValues.FirstOrDefault(), now)
        {
            Binding = TokenBinding.Dpop,
        };
        var with = without with
        {
            Credentials = [.. (category.Requires.Value?.AnyOfCredentials ?? []).Take(1).Select(name => new Credential(name, "table")
            {
                ProvedAt = now,
                Assurance = category.Requires.Value!.CredentialAssurance.FirstOrDefault(),
            })],
        };
        return $"{Word(without)}/{Word(with)}";

        string Word(Caller caller) => JsonNamingPolicy.SnakeCaseLower.ConvertName((isPrompt
            ? PolicyTable.DecidePrompt(policy, caller, verdict, hasUnclassifiedInput: false, now)
            : PolicyTable.DecideCompletion(policy, caller, verdict, now)).Action.ToString());
    }

    private static string Line(string category, string side, string text, string[] cells) =>
        $"{category,-20}{side,-12}{text,-22}{string.Concat(cells.Select(cell => $"{cell,-20}"))}".TrimEnd();
}
