using System.Collections.Frozen;
using Microsoft.Extensions.Options;

namespace PolicyGateway.Identity;

/// <summary>One configured issuer, ready to verify with.</summary>
internal sealed record TokenIssuer(IssuerOptions Options, IIssuerKeys Keys, CallerMapping Mapping, FrozenSet<string> Algorithms);

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
                issuer.AcceptedAlgorithms().ToFrozenSet(StringComparer.Ordinal)))
            .ToFrozenDictionary(issuer => issuer.Options.Issuer, StringComparer.Ordinal);
    }

    public TokenIssuer? Find(string issuer) => _byIssuer.GetValueOrDefault(issuer);

    /// <summary>Where somebody's keys come from, as he is configured.</summary>
    public static IIssuerKeys KeysOf(IssuerOptions issuer, IdentityOptions options, KeyDownload download, TimeProvider time, ILoggerFactory loggers) =>
        issuer.DiscoveryAddress() is null
            ? new StaticKeys(Static(issuer))
            : new DiscoveredKeys(issuer, options, download, time, loggers.CreateLogger<DiscoveredKeys>());

    private static IssuerKeySet Static(IssuerOptions issuer) =>
        issuer.JwksFile is { } file ? IssuerKeySet.Parse(File.ReadAllText(file)) : IssuerKeySet.From(issuer.Keys);
}
