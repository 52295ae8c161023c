using System.Text.Json;

namespace PolicyGateway.Identity.Passports;

/// <summary>One person as an issuer knows him: a subject means nothing without its issuer.</summary>
internal readonly record struct VisaIdentity(string Issuer, string Subject);

/// <summary>One assertion about a person, as GA4GH Passports 1 writes it.</summary>
/// <param name="Holder">Whom it is about.</param>
/// <param name="Type">What kind of assertion it is.</param>
/// <param name="Value">What it asserts; a text, whatever it looks like.</param>
/// <param name="Source">The organisation whose word it is.</param>
/// <param name="By">Who in the organisation said so; null where it does not say.</param>
/// <param name="AssertedAt">When that was.</param>
/// <param name="ExpiresAt">When it ends.</param>
/// <param name="Conditions">What else must be true; null where nothing must.</param>
internal sealed record Visa(
    VisaIdentity Holder, string Type, string Value, string Source, string? By, DateTimeOffset AssertedAt, DateTimeOffset ExpiresAt, VisaConditions? Conditions)
{
    public const string LinkedIdentities = "LinkedIdentities";
    public const string AcceptedTerms = "AcceptedTermsAndPolicies";
    public const string ResearcherStatus = "ResearcherStatus";
    public const string ControlledAccess = "ControlledAccessGrants";

    private const int LongestName = 255;
    private const int LongestValue = 4096;
    private const int LongestBy = 64;
    private const int MostLinks = 50;

    private static readonly TimeSpan ClockSkew = TimeSpan.FromSeconds(60);

    /// <summary>Reads a visa that is in force; null where it is not, lacks what it needs, or has a member of the wrong kind.</summary>
    public static Visa? Read(SignedDocument document, DateTimeOffset now)
    {
        if (document.Text("iss") is not { Length: > 0 and <= LongestName } issuer
            || document.Text("sub") is not { Length: > 0 and <= LongestName } subject
            || document.Time("exp") is not { } expiresAt
            || expiresAt <= now
            || !HasBegun(document, "nbf", now)
            || !HasBegun(document, "iat", now)
            || !document.Payload.TryGetProperty("ga4gh_visa_v1", out var visa)
            || visa.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        if (SignedDocument.Text(visa, "type") is not { Length: > 0 and <= LongestName } type
            || SignedDocument.Text(visa, "value") is not { Length: > 0 and <= LongestValue } value
            || SignedDocument.Text(visa, "source") is not { Length: > 0 and <= LongestName } source
            || !visa.TryGetProperty("asserted", out var asserted)
            || ClaimPath.Time(asserted) is not { } assertedAt
            || assertedAt > now + ClockSkew
            || !TryBy(visa, type, out var by)
            || !VisaConditions.TryRead(visa, out var conditions))
        {
            return null;
        }

        return new Visa(new VisaIdentity(issuer, subject), type, value, source, by, assertedAt, expiresAt, conditions);
    }

    /// <summary>The identities that a <c>LinkedIdentities</c> visa says are one person, its holder among them; empty where it cannot be read.</summary>
    public IReadOnlyList<VisaIdentity> Linked()
    {
        var entries = Value.Split(';');
        var linked = new List<VisaIdentity> { Holder };
        foreach (var entry in entries)
        {
            if (entry.Split(',') is not [{ Length: > 0 } subject, { Length: > 0 } issuer] || entries.Length > MostLinks)
            {
                return [];
            }

            linked.Add(new VisaIdentity(Uri.UnescapeDataString(issuer), Uri.UnescapeDataString(subject)));
        }

        return linked;
    }

    /// <summary>A member that conditions may ask for; null where the visa has none.</summary>
    public string? Field(string name) => name switch
    {
        "value" => Value,
        "source" => Source,
        "by" => By,
        _ => null,
    };

    private static bool HasBegun(SignedDocument document, string name, DateTimeOffset now) =>
        !document.Payload.TryGetProperty(name, out var value) || (ClaimPath.Time(value) is { } time && time <= now + ClockSkew);

    /// <summary>These two types always say who; the others may leave it out, which is nobody's word.</summary>
    private static bool TryBy(JsonElement visa, string type, out string? by)
    {
        by = null;
        return visa.TryGetProperty("by", out _)
            ? (by = SignedDocument.Text(visa, "by")) is { Length: > 0 and <= LongestBy } && !by.Any(char.IsControl)
            : type is not (AcceptedTerms or ControlledAccess);
    }
}
