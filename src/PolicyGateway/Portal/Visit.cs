using Microsoft.AspNetCore.Antiforgery;
using Microsoft.Extensions.Primitives;
using PolicyGateway.Access;
using PolicyGateway.Identity;

namespace PolicyGateway.Portal;

/// <summary>Somebody who is logged in looks at a page.</summary>
/// <param name="Site">Which pages.</param>
/// <param name="Path">The page.</param>
/// <param name="Caller">Who, as his access token says now.</param>
/// <param name="Person">The same as a person.</param>
/// <param name="Forgery">What a form must bring along.</param>
internal sealed record Visit(Site Site, string Path, Caller Caller, PersonRef Person, AntiforgeryTokenSet Forgery)
{
    /// <summary>Why what was asked for was not done; shown above the form, which keeps what was written into it.</summary>
    public AccessFault? Fault { get; init; }

    /// <summary>The form that was sent; empty where none was.</summary>
    public Fields Fields { get; init; } = Fields.None;

    /// <summary>Whether the visitor may open something to himself in an emergency.</summary>
    public bool MayOpenInEmergency { get; init; }

    /// <summary>Whether the visitor passes on what his organisation holds.</summary>
    public bool IsSteward => Stewardship.Of(Caller).Fault is null;

    /// <summary>Whether the visitor may what one of the roles may.</summary>
    public bool May(params Role[] roles) => Caller.Has(roles);
}

/// <summary>What stands in a form. Unknown fields are ignored; what a person writes once and a request brings twice counts for nothing.</summary>
internal sealed class Fields(IFormCollection? form)
{
    public static readonly Fields None = new(null);

    /// <summary>One text; null where it is empty, missing or there twice.</summary>
    public string? Text(string name) => Values(name) is [{ Length: > 0 } text] && !string.IsNullOrWhiteSpace(text) ? text.ReplaceLineEndings("\n").Trim() : null;

    /// <summary>One text to the letter; null where it is empty, missing or there twice. For names that must be exactly what is meant.</summary>
    public string? Exact(string name) => Values(name) is [{ Length: > 0 } text] ? text : null;

    public IReadOnlyList<string> All(string name) => [.. Values(name).Where(static value => !string.IsNullOrEmpty(value)).Select(static value => value!)];

    /// <summary>A whole number; null where it is none.</summary>
    public int? Number(string name) =>
        int.TryParse(Text(name), System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary>Null where nothing is written; what is no number is a quota of nothing, which is told as a fault.</summary>
    public GrantQuota? Quota() => Text("quota_releases") is null ? null : new GrantQuota(Number("quota_releases") ?? 0, Number("quota_days") ?? 0);

    /// <summary>One of the words of an enumeration; null where it is none.</summary>
    public T? Word<T>(string name)
        where T : struct, Enum => Text(name) is { } text && text.All(char.IsAsciiLetter) && Enum.TryParse<T>(text, ignoreCase: true, out var value) ? value : null;

    private StringValues Values(string name) => form is null ? StringValues.Empty : form[name];
}
