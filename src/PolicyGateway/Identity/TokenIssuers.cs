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
                issuer.DiscoveryAddress() is null
                    ? new StaticKeys(Static(issuer))
                    : new DiscoveredKeys(issuer, options.Value, download, time, loggers.CreateLogger<DiscoveredKeys>()),
                new CallerMapping(issuer, ladder, loggers.CreateLogger<CallerMapping>(), time),
                issuer.AcceptedAlgorithms().ToFrozenSet(StringComparer.Ordinal)))
            .ToFrozenDictionary(issuer => issuer.Options.Issuer, StringComparer.Ordinal);
    }

    public TokenIssuer? Find(string issuer) => _byIssuer.GetValueOrDefault(issuer);

    private static IssuerKeySet Static(IssuerOptions issuer) =>
        issuer.JwksFile is { } file ? IssuerKeySet.Parse(File.ReadAllText(file)) : IssuerKeySet.From(issuer.Keys);
}
