using System.Text.Json.Serialization;

namespace PolicyGateway.Tests.Compatibility;

/// <summary>What the user of one client saw in one scenario; a driver's line holds a list of these.</summary>
internal sealed record Seen
{
    [JsonRequired]
    public string Client { get; init; } = "";

    [JsonRequired]
    public string Scenario { get; init; } = "";

    /// <summary>The text of each choice.</summary>
    public IList<string> Texts { get; init; } = [];

    public string Reasoning { get; set; } = "";

    public string Refusal { get; set; } = "";

    /// <summary>Whether a program can read what opens it, and not only a person why it is closed.</summary>
    public bool Opens { get; set; }

    public IList<string> Tools { get; init; } = [];

    public IList<string?> Finish { get; init; } = [];

    /// <summary>How it ended where it did not just end: it throws, hangs, or has a part in the stream for it.</summary>
    public string? Ended { get; set; }

    public SeenError? Error { get; set; }

    /// <summary>Whether it was told of an error in one way and then thrown another.</summary>
    public bool ThenThrows { get; set; }

    /// <summary>How many requests the client sent.</summary>
    public int Requests { get; set; }

    /// <summary>Whether the backend's work was ended; null where nobody asked.</summary>
    public bool? Stopped { get; set; }

    /// <summary>The same in one line, with nothing in it that differs from run to run.</summary>
    public string Describe(Scenario scenario)
    {
        List<string> parts = [];
        for (var choice = 0; choice < Texts.Count; choice++)
        {
            AddText(parts, Texts[choice], scenario.Said.Texts.ElementAtOrDefault(choice) ?? "");
        }

        Add(parts, Reasoning.Length > 0, $"reasoning `{Reasoning}`");
        parts.AddRange(Tools.Select(static tool => $"call `{tool}`"));
        Add(parts, Finish.Count > 0, "finish " + string.Join(", ", Finish.Select(static reason => $"`{reason ?? "null"}`")));
        Add(parts, Refusal.Length > 0, IsReason(Refusal) ? Why(Opens) : $"refusal `{Refusal}`");
        Add(parts, Ended is not null, $"{Ended}{(Error is null ? "" : $" {Error.Describe()}")}{(ThenThrows ? ", then throws" : "")}");
        Add(parts, Requests != 1, $"{Requests} requests");
        Add(parts, Stopped is not null, Stopped == true ? "the backend stops" : "the backend goes on");
        return string.Join("; ", parts);
    }

    /// <summary>Whether it is the sentence that a refusal has, and not one that an SDK made up.</summary>
    internal static bool IsReason(string text) => text.Contains("released to verified professionals only", StringComparison.Ordinal);

    internal static string Why(bool opens) => opens ? "says why and what opens it" : "says why";

    /// <summary>How much of a long text arrives depends on how it was cut on the way. Some SDKs hand a refusal over as text.</summary>
    private static void AddText(List<string> parts, string text, string whole)
    {
        var reason = text.IndexOf("This content is", StringComparison.Ordinal);
        if (reason >= 0 && IsReason(text[reason..]))
        {
            AddText(parts, text[..reason], whole);
            parts.Add("says why, as text");
        }
        else if (text.Length > 0)
        {
            parts.Add(text.Length < 60 && !(whole.Length > 60 && whole.StartsWith(text, StringComparison.Ordinal)) ? $"`{text}`"
                : text == whole ? "all of the text"
                : whole.StartsWith(text, StringComparison.Ordinal) ? "the beginning of the text"
                : $"another text `{text}`");
        }
    }

    private static void Add(List<string> parts, bool isThere, string part)
    {
        if (isThere)
        {
            parts.Add(part);
        }
    }
}

/// <summary>What an SDK threw or handed over.</summary>
internal sealed record SeenError
{
    /// <summary>Its class.</summary>
    [JsonRequired]
    public string Name { get; init; } = "";

    public int? Status { get; init; }

    /// <summary>What the gateway called it, wherever the SDK keeps that.</summary>
    public string? Code { get; init; }

    public bool Opens { get; init; }

    public string Message { get; init; } = "";

    public string Describe()
    {
        string?[] more = [Status?.ToString(System.Globalization.CultureInfo.InvariantCulture), Code is null ? null : $"`{Code}`", Seen.IsReason(Message) ? Seen.Why(Opens) : null];
        var known = string.Join(", ", more.Where(static part => part is not null));
        return known.Length > 0 ? $"`{Name}` ({known})" : $"`{Name}`";
    }
}
