using System.Collections.Frozen;
using System.Text.Json;

namespace PolicyGateway.Identity.Passports;

/// <summary>One trusted issuer of visas, ready to verify with.</summary>
internal sealed record VisaIssuer(VisaIssuerOptions Options, IIssuerKeys Keys, FrozenSet<string> Algorithms);

/// <summary>
/// Reads <c>ga4gh_passport_v1</c> of one issuer's verified tokens. Each visa is verified by itself, with the keys of its own issuer
/// and no others, and counts only for the person whom the token is about. A visa that does not count is as good as none: the token
/// still stands.
/// </summary>
internal sealed partial class PassportReader(
    string tokenIssuer, PassportOptions options, IEnumerable<VisaIssuer> issuers, TimeProvider time, ILogger<PassportReader> logger)
{
    private const string Claim = "ga4gh_passport_v1";
    private const int MostVisas = 50;
    private const int LongestVisa = 8 * 1024;

    /// <summary>How long it is remembered that an issuer's keys could not be had: not for long, and not asked for by each request.</summary>
    private static readonly TimeSpan WithoutKeys = TimeSpan.FromSeconds(10);

    private static readonly string[] Types = ["JWT", "vnd.ga4gh.visa+jwt"];

    private readonly FrozenDictionary<string, VisaIssuer> _issuers = issuers.ToFrozenDictionary(issuer => issuer.Options.Issuer, StringComparer.Ordinal);
    private readonly VisaRules _rules = new(options);

    public async ValueTask<Passport> ReadAsync(JsonElement payload)
    {
        if (!payload.TryGetProperty(Claim, out var claim) || SignedDocument.Text(payload, "iss") is not { } issuer || SignedDocument.Text(payload, "sub") is not { } subject)
        {
            return Passport.None;
        }

        if (claim.ValueKind != JsonValueKind.Array || claim.GetArrayLength() > MostVisas)
        {
            Log.Ignored(logger, tokenIssuer, "the passport is no list, or too long a one");
            return Passport.None;
        }

        // All at once: an issuer that cannot be reached is waited for once.
        var now = time.GetUtcNow();
        var texts = claim.EnumerateArray().Select(static visa => visa.ValueKind == JsonValueKind.String ? visa.GetString() : null).ToList();
        var read = await Task.WhenAll(texts.Select(text => ReadVisaAsync(text, now).AsTask())).ConfigureAwait(false);
        var faults = read.Where(static one => one.Fault is not null).Select(static one => one.Fault!).Distinct(StringComparer.Ordinal).ToList();
        if (faults.Count > 0)
        {
            var reasons = string.Join(", ", faults);
            Log.Ignored(logger, tokenIssuer, reasons);
        }

        var credentials = _rules.CredentialsOf(
            new VisaIdentity(issuer, subject), [.. read.Where(static one => one.Visa is not null).Select(static one => one.Visa!)], MayLink);
        var ends = credentials.Select(static credential => credential.ExpiresAt)
            .Append(faults.Contains(nameof(SignatureFault.KeysUnavailable)) ? now + WithoutKeys : null);
        return new Passport(credentials, ends.Min(), [.. read.Where(static one => one.Keys is not null).Select(static one => one.Keys!.Value).Distinct()]);
    }

    private bool MayLink(Visa visa) => _issuers[visa.Holder.Issuer].Options.LinksIdentities;

    private async ValueTask<(Visa? Visa, VisaKeys? Keys, string? Fault)> ReadVisaAsync(string? text, DateTimeOffset now)
    {
        if (text is null || text.Length > LongestVisa || SignedDocument.Parse(text) is not { } document)
        {
            return (null, null, "Malformed");
        }

        if (document.Text("iss") is not { } name || !_issuers.TryGetValue(name, out var issuer))
        {
            return (null, null, "UnknownIssuer");
        }

        // Never an address to fetch from; where the issuer's keys come from one, a visa of other keys is none of its.
        if (issuer.Options.JwksUri is { } address && document.HasHeader("jku", out var jku) && jku != address.OriginalString)
        {
            return (null, null, "KeyAddress");
        }

        if (Visa.Read(document, now) is not { } visa)
        {
            return (null, null, "Claims");
        }

        if (!issuer.Options.Sources.Contains(visa.Source))
        {
            return (null, null, "Source");
        }

        var (fault, seen) = await document.VerifyWithAsync(issuer.Keys, issuer.Algorithms, Types).ConfigureAwait(false);
        return fault == SignatureFault.None ? (visa, new VisaKeys(issuer.Keys, seen!), null) : (null, null, fault.ToString());
    }

    private static partial class Log
    {
        [LoggerMessage(EventName = "VisaIgnored", Level = LogLevel.Information, Message = "Visas in a token of issuer {Issuer} do not count: {Reasons}.")]
        public static partial void Ignored(ILogger logger, string issuer, string reasons);
    }
}
