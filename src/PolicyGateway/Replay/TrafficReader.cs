using System.Text.Json;
using PolicyGateway.Classification;
using PolicyGateway.Cli;
using PolicyGateway.Evaluation.Rows;
using PolicyGateway.Identity;
using PolicyGateway.Policy;

namespace PolicyGateway.Replay;

/// <summary>Reads lines of JSON as recorded traffic, and says of each line that is none which field is at fault.</summary>
/// <param name="ladder">The tiers that a caller may have.</param>
internal sealed class TrafficReader(TierLadder ladder)
{
    private const int LongestId = 100;

    private static readonly string[] Actions = [.. Enum.GetValues<DecisionAction>().Select(static action => action.Name())];

    private static readonly double MostLoginAge = TimeSpan.FromDays(3650).TotalSeconds;

    /// <summary>A row, or null and the fault. No fault holds a value.</summary>
    public TrafficRow? Read(string line, out string? fault)
    {
        if (ClassifyLine.Parse(line, out fault) is not { } root || ClassifyLine.Read(root, out _, out fault) is not { } text)
        {
            return null;
        }

        if (RowReader.IdOf(root) is not { } name)
        {
            fault = "has no \"id\" that is a string or a number";
            return null;
        }

        if (CallerOf(root, out fault) is not { } caller || !TryDecision(root, out var decision, out fault))
        {
            return null;
        }

        return new TrafficRow(
            PlainText.OfName(name, LongestId),
            new ClassifierInput(text.Kind, text.Text.AsMemory(), text.Prompt.AsMemory()),
            caller,
            decision);
    }

    private AskingCaller? CallerOf(JsonElement root, out string? fault)
    {
        fault = null;
        foreach (var member in new[] { "tier", "tenant", "acr" })
        {
            if (!ClassifyLine.TryText(root, member, out _))
            {
                fault = $"has a \"{member}\" that is no string";
                return null;
            }
        }

        if (!ClassifyLine.TryTexts(root, "credentials", out var credentials))
        {
            fault = "has \"credentials\" that are no array of strings";
            return null;
        }

        var age = 0.0;
        if (root.TryGetProperty("login_age", out var seconds) && seconds.ValueKind != JsonValueKind.Null
            && !(seconds.ValueKind == JsonValueKind.Number && seconds.TryGetDouble(out age) && age >= 0 && age <= MostLoginAge))
        {
            fault = "has a \"login_age\" that is no number of seconds from 0 on";
            return null;
        }

        var isBound = root.TryGetProperty("bound", out var bound) && bound.ValueKind == JsonValueKind.True;
        if (!isBound && bound.ValueKind is not (JsonValueKind.Undefined or JsonValueKind.Null or JsonValueKind.False))
        {
            fault = "has a \"bound\" that is neither true nor false";
            return null;
        }

        var caller = new AskingCaller(
            TextOf(root, "tier"),
            credentials,
            TextOf(root, "tenant"),
            TextOf(root, "acr"),
            TimeSpan.FromSeconds(age),
            isBound);
        if (caller.Fault(ladder) is null)
        {
            return caller;
        }

        fault = $"has a \"tier\" that is none of this gateway's: {string.Join(", ", ladder.Tiers)}";
        return null;
    }

    private static bool TryDecision(JsonElement root, out string? decision, out string? fault)
    {
        var isOne = ClassifyLine.TryText(root, "decision", out decision) && (decision is null || Actions.Contains(decision));
        fault = isOne ? null : $"has a \"decision\" that is none of {string.Join(", ", Actions)}";
        return isOne;
    }

    private static string? TextOf(JsonElement root, string member) => ClassifyLine.TryText(root, member, out var text) ? text : null;
}
