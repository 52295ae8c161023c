using System.Collections.Frozen;
using Microsoft.Extensions.Options;
using PolicyGateway.Identity.Passports;

namespace PolicyGateway.Identity;

/// <summary>One configured issuer, ready to verify with.</summary>
internal sealed record TokenIssuer(IssuerOptions Options, IIssuerKeys Keys, CallerMapping Mapping, FrozenSet<string> Algorithms)
{
    /// <summary>Null where its tokens bring no visas.</summary>
    public PassportReader? Passports { get; init; }
}

/// <summary>The configured issuers by their exact <c>iss</c>.</summary>
internal sealed class TokenIssuers
{
    private readonly FrozenDictionary<string, TokenIssuer> _byIssuer;

    public TokenIssuers(
        IOptions<IdentityOptions> options,
        TierLadder ladder,
        KeyDownload download,
        TimeProvider time,
        ILoggerFactory loggers)
    {
        _byIssuer = options.Value.Issuers
            .Select(issuer => new TokenIssuer(
                issuer,
                KeysOf(issuer, options.Value, download, time, loggers),
                new CallerMapping(issuer, ladder, loggers.CreateLogger<CallerMapping>(), time),
                issuer.AcceptedAlgorithms().ToFrozenSet(StringComparer.Ordinal))
            {
                Passports = issuer.Passports.TrustedVisaIssuers.Count == 0
                    ? null
                    : new PassportReader(issuer.Name, issuer.Passports, VisaIssuers(issuer, options.Value, download, time, loggers), time, loggers.CreateLogger<PassportReader>()),
            })
            .ToFrozenDictionary(issuer => issuer.Options.Issuer, StringComparer.Ordinal);
    }

    public TokenIssuer? Find(string issuer) => _byIssuer.GetValueOrDefault(issuer);

    /// <summary>Whether anything that counts is of this issuer: tokens, or visas in them.</summary>
    public bool Vouches(string issuer) =>
        _byIssuer.ContainsKey(issuer) || _byIssuer.Values.Any(one => one.Options.Passports.TrustedVisaIssuers.Any(visas => visas.Issuer == issuer));

    /// <summary>Whether visas are taken of this issuer, and no tokens: his subjects are people of the issuers whose tokens bring the visas.</summary>
    public bool VouchesByVisasAlone(string issuer) => Find(issuer) is null && Vouches(issuer);

    /// <summary>Whether tokens are taken of this issuer and of no other, so that a subject without an issuer can be nobody else's.</summary>
    public bool IsOnly(string issuer) => _byIssuer.Count == 1 && _byIssuer.ContainsKey(issuer);

    /// <summary>Whether a credential of this name may come of an issuer: in its tokens, in visas that they bring, or in those that it signs.</summary>
    public bool MayAssert(string issuer, string credential) => _byIssuer.Values.Any(one =>
        (one.Options.Issuer == issuer && (one.Options.AllowedCredentials.Contains(credential) || one.Options.Credentials.ContainsKey(credential) || one.Options.VerifiedClaims.Exists(proof => proof.Credential == credential)))
        || ((one.Options.Issuer == issuer || one.Options.Passports.TrustedVisaIssuers.Exists(visas => visas.Issuer == issuer))
            && (one.Options.Passports.RegisteredAccessCredential == credential || one.Options.Passports.Visas.Exists(rule => rule.Credential == credential))));

    /// <summary>Where somebody's keys come from, as he is configured.</summary>
    public static IIssuerKeys KeysOf(IssuerOptions issuer, IdentityOptions options, KeyDownload download, TimeProvider time, ILoggerFactory loggers) =>
        issuer.HasFetchedKeys()
            ? new DiscoveredKeys(issuer, options, download, time, loggers.CreateLogger<DiscoveredKeys>())
            : new StaticKeys(Static(issuer));

    private static IEnumerable<VisaIssuer> VisaIssuers(IssuerOptions issuer, IdentityOptions options, KeyDownload download, TimeProvider time, ILoggerFactory loggers) =>
        issuer.Passports.TrustedVisaIssuers.Select(visas => new VisaIssuer(
            visas, KeysOf(visas.AsSigner(), options, download, time, loggers), visas.AsSigner().AcceptedAlgorithms().ToFrozenSet(StringComparer.Ordinal)));

    private static IssuerKeySet Static(IssuerOptions issuer) =>
        issuer.JwksFile is { } file ? IssuerKeySet.Parse(File.ReadAllText(file)) : IssuerKeySet.From(issuer.Keys);
}
