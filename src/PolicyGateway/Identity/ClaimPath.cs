using System.Globalization;
using System.Text.Json;

namespace PolicyGateway.Identity;

/// <summary>
/// Where a claim stands in a token: <c>tier</c>, dotted (<c>realm_access.roles</c>), a JSON pointer
/// (<c>/https:~1~1example.org~1claims/tier</c>), or one whole name where the text holds <c>://</c>.
/// A step into an array is an index, or goes into each element.
/// </summary>
internal sealed class ClaimPath
{
    private readonly string[] _steps;

    private ClaimPath(string[] steps) => _steps = steps;

    /// <summary>Whether the claim is a space-separated list by its definition (RFC 9068, 2.2.3; Entra's <c>scp</c>).</summary>
    private bool IsScope => _steps is ["scope" or "scp"];

    /// <summary>Null for text that is no path.</summary>
    public static ClaimPath? Parse(string? text)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            return null;
        }

        string[] steps = text switch
        {
            ['/', ..] => [.. text[1..].Split('/').Select(Unescape)],
            _ when text.Contains("://", StringComparison.Ordinal) => [text],
            _ => text.Split('.'),
        };
        return steps.Any(step => step.Length == 0) ? null : new ClaimPath(steps);
    }

    /// <summary>Every value at the path, arrays opened; JSON null is no value.</summary>
    public List<JsonElement> Select(JsonElement payload)
    {
        var found = new List<JsonElement>();
        Walk(payload, 0, found);
        return found;
    }

    /// <summary>Every text at the path; numbers count as their digits, a scope as its words.</summary>
    public List<string> Texts(JsonElement payload)
    {
        var texts = new List<string>();
        foreach (var element in Select(payload))
        {
            if (Text(element) is { } text)
            {
                texts.AddRange(IsScope ? text.Split(' ', StringSplitOptions.RemoveEmptyEntries) : [text]);
            }
        }

        return texts;
    }

    /// <summary>The one text at the path; null where there is none or more than one, since a choice would be a guess.</summary>
    public string? Single(JsonElement payload) =>
        Select(payload) is [var only] ? Text(only) : null;

    /// <summary>The one time at the path, as seconds since 1970.</summary>
    public DateTimeOffset? SingleTime(JsonElement payload) =>
        Select(payload) is [var only] ? Time(only) : null;

    public static string? Text(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.String => element.GetString(),
        JsonValueKind.Number => element.GetRawText(),
        _ => null,
    };

    public static DateTimeOffset? Time(JsonElement element) =>
        element.ValueKind == JsonValueKind.Number
        && element.TryGetDouble(out var seconds)
        && seconds >= 0
        && seconds <= DateTimeOffset.MaxValue.ToUnixTimeSeconds()
            ? DateTimeOffset.FromUnixTimeSeconds((long)seconds)
            : null;

    private void Walk(JsonElement element, int step, List<JsonElement> found)
    {
        if (element.ValueKind == JsonValueKind.Array && !(step < _steps.Length && IsIndex(_steps[step])))
        {
            foreach (var item in element.EnumerateArray())
            {
                Walk(item, step, found);
            }
        }
        else if (step == _steps.Length)
        {
            if (element.ValueKind != JsonValueKind.Null)
            {
                found.Add(element);
            }
        }
        else if (element.ValueKind == JsonValueKind.Array)
        {
            var index = int.Parse(_steps[step], CultureInfo.InvariantCulture);
            if (index < element.GetArrayLength())
            {
                Walk(element[index], step + 1, found);
            }
        }
        else if (element.ValueKind == JsonValueKind.Object && element.TryGetProperty(_steps[step], out var member))
        {
            Walk(member, step + 1, found);
        }
    }

    private static bool IsIndex(string step) => step.Length <= 4 && step.All(char.IsAsciiDigit);

    // RFC 6901, 4: first ~1, then ~0.
    private static string Unescape(string step) =>
        step.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
}
