using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;

namespace PolicyGateway.Identity.Evidence;

/// <summary>What one way of proving an identity is worth: an entry of <c>VerifiedClaims</c> of an issuer.</summary>
internal sealed class AssuranceOptions
{
    /// <summary>The <c>trust_framework</c> that it is about, such as <c>eidas</c> or <c>nist_800_63A</c>.</summary>
    public string TrustFramework { get; set; } = "";

    /// <summary>The only <c>assurance_level</c> that counts; null takes any.</summary>
    public string? AssuranceLevel { get; set; }

    /// <summary>Claims that must have been verified; none by default.</summary>
    public List<string> RequiredClaims { get; set; } = [];

    /// <summary>The tier that it proves; the issuer's <c>MaxTier</c> still bounds it. Null proves no tier.</summary>
    public string? Tier { get; set; }

    /// <summary>The credential that it proves; null proves none.</summary>
    public string? Credential { get; set; }

    /// <summary>How old the verification (<c>time</c>) may be; default 730 days, 1 day to 10 years.</summary>
    public TimeSpan MaxAge { get; set; } = TimeSpan.FromDays(730);
}

/// <summary>
/// Reads <c>verified_claims</c> of OpenID Identity Assurance 1.0: what trust framework verified a person, and when. What is not
/// understood, or does not say when, proves nothing.
/// </summary>
internal sealed class IdentityAssurance(IssuerOptions issuer, TierLadder ladder, TimeProvider time)
{
    private const int MostEntries = 20;
    private const int LongestWord = 256;

    // Two clocks may differ, and a verification of tomorrow is none.
    private static readonly TimeSpan ClockSkew = TimeSpan.FromSeconds(60);

    private readonly ImmutableArray<(AssuranceOptions Rule, Tier? Tier)> _rules =
        [.. issuer.VerifiedClaims.Select(rule => (rule, rule.Tier is null ? (Tier?)null : ladder.Parse(rule.Tier)))];

    /// <summary>The highest tier that is proved; null where none is.</summary>
    public Tier? TierOf(JsonElement payload)
    {
        Tier? best = null;
        foreach (var (_, _, tier, _) in Proofs(payload))
        {
            best = tier is { } proved && !(best?.Rank >= proved.Rank) ? proved : best;
        }

        return best;
    }

    /// <summary>The credentials that are proved, each with when and how. It counts for as long as the verification may be old.</summary>
    public ImmutableArray<Credential> CredentialsOf(JsonElement payload) =>
    [
        .. Proofs(payload).Where(static proof => proof.Rule.Credential is not null).Select(proof =>
            new Credential(proof.Rule.Credential!, issuer.Issuer, proof.VerifiedAt + proof.Rule.MaxAge)
            {
                ProvedAt = proof.VerifiedAt,
                Method = proof.Rule.TrustFramework,
                Assurance = Text(proof.Verification, "assurance_level") is { Length: > 0 and <= LongestWord } level && !level.Any(char.IsControl) ? level : null,
            }),
    ];

    private List<(AssuranceOptions Rule, JsonElement Verification, Tier? Tier, DateTimeOffset VerifiedAt)> Proofs(JsonElement payload)
    {
        var proofs = new List<(AssuranceOptions, JsonElement, Tier?, DateTimeOffset)>();
        if (_rules.IsEmpty || !payload.TryGetProperty("verified_claims", out var verified))
        {
            return proofs;
        }

        foreach (var entry in verified.ValueKind == JsonValueKind.Array ? verified.EnumerateArray().Take(MostEntries) : [verified])
        {
            foreach (var (rule, tier) in _rules)
            {
                if (Member(entry, "verification", JsonValueKind.Object) is { } verification
                    && Member(entry, "claims", JsonValueKind.Object) is { } claims
                    && Matches(rule, verification, claims)
                    && Recent(Text(verification, "time"), rule.MaxAge) is { } verifiedAt)
                {
                    proofs.Add((rule, verification, tier, verifiedAt));
                }
            }
        }

        return proofs;
    }

    private static bool Matches(AssuranceOptions rule, JsonElement verification, JsonElement claims) =>
        Text(verification, "trust_framework") == rule.TrustFramework
        && (rule.AssuranceLevel is null || Text(verification, "assurance_level") == rule.AssuranceLevel)
        && rule.RequiredClaims.TrueForAll(name => claims.TryGetProperty(name, out var value) && !IsEmpty(value));

    /// <summary>A claim that says nothing was not verified.</summary>
    private static bool IsEmpty(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => string.IsNullOrWhiteSpace(value.GetString()),
        JsonValueKind.Array => value.GetArrayLength() == 0,
        JsonValueKind.Object => !value.EnumerateObject().Any(),
        JsonValueKind.Null or JsonValueKind.Undefined => true,
        _ => false,
    };

    private DateTimeOffset? Recent(string? text, TimeSpan maxAge) =>
        text is { Length: < 64 }
        && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var verified)
        && time.GetUtcNow() is var now
        && verified <= now + ClockSkew
        && now - verified <= maxAge
            ? verified
            : null;

    private static JsonElement? Member(JsonElement element, string name, JsonValueKind kind) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == kind ? value : null;

    private static string? Text(JsonElement element, string name) => Member(element, name, JsonValueKind.String)?.GetString();
}
