using System.Buffers;
using System.Collections.Frozen;
using Microsoft.Extensions.Options;
using PolicyGateway.Identity.Passports;
using PolicyGateway.Revocation;

namespace PolicyGateway.Identity;

/// <summary>Reports every fault of the section <c>Identity</c> at once, each with the key to mend.</summary>
internal sealed class IdentityOptionsValidator(IHostEnvironment environment) : IValidateOptions<IdentityOptions>
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private static readonly SearchValues<char> HeaderCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

    /// <summary>Headers that say something else, and would be taken out of every request.</summary>
    private static readonly FrozenSet<string> Taken = FrozenSet.ToFrozenSet(
        ["Authorization", "DPoP", "Host", "Content-Type", "Content-Length", "Transfer-Encoding", "x-api-key", "api-key", "x-goog-api-key"],
        StringComparer.OrdinalIgnoreCase);

    public ValidateOptionsResult Validate(string? name, IdentityOptions options)
    {
        var faults = new List<string>();
        CheckTiers(options, faults);
        CheckTimes(options, faults);
        CheckProofs(options.Dpop, faults);
        CheckProxies(options, faults);
        if (options.AuthorizationDetailsType is not { Length: > 0 and <= 255 } type || type.Any(static character => character is < '!' or > '~'))
        {
            faults.Add("Identity:AuthorizationDetailsType: name a type of 1 to 255 plain characters.");
        }

        var ladder = LadderOf(options);
        for (var index = 0; index < options.Issuers.Count; index++)
        {
            new IssuerCheck(options.Issuers[index], $"{IdentityOptions.Section}:Issuers:{index}", faults).Run(ladder, environment.IsDevelopment());
            new PassportCheck(options.Issuers[index].Passports, $"{IdentityOptions.Section}:Issuers:{index}:Passports", faults).Run();
            CheckStatusLists(options.Issuers[index], $"{IdentityOptions.Section}:Issuers:{index}", faults);
        }

        CheckDistinct(options, faults, "Issuer", issuer => issuer.Issuer);
        CheckDistinct(options, faults, "Name", issuer => issuer.Name);
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }

    private static void CheckTiers(IdentityOptions options, List<string> faults)
    {
        for (var index = 0; index < options.Tiers.Count; index++)
        {
            var tier = options.Tiers[index];
            if (string.IsNullOrWhiteSpace(tier) || tier.Any(character => !char.IsAsciiLetterOrDigit(character) && character is not ('-' or '_')))
            {
                faults.Add($"Identity:Tiers:{index}: a tier's name is made of letters, digits, '-' and '_'.");
            }
            else if (options.Tiers.IndexOf(tier) < index)
            {
                faults.Add($"Identity:Tiers:{index}: the tier '{tier}' is listed twice.");
            }
        }
    }

    private static void CheckTimes(IdentityOptions options, List<string> faults)
    {
        Range("ClockSkew", options.ClockSkew, TimeSpan.Zero, Minute);
        Range("TokenCacheLifetime", options.TokenCacheLifetime, TimeSpan.Zero, Minute);
        Range("KeyRefreshInterval", options.KeyRefreshInterval, TimeSpan.FromSeconds(10), TimeSpan.FromHours(1));
        Range("KeyMaximumAge", options.KeyMaximumAge, options.KeyRefreshInterval, TimeSpan.FromHours(24));
        Range("UnknownKeyRefreshInterval", options.UnknownKeyRefreshInterval, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(5));
        if (options.TokenCacheEntries is < 0 or > 1_000_000)
        {
            faults.Add("Identity:TokenCacheEntries: must be between 0 and 1000000.");
        }

        void Range(string key, TimeSpan value, TimeSpan least, TimeSpan most) => CheckRange(faults, key, value, least, most);
    }

    private static void CheckProofs(DpopOptions options, List<string> faults)
    {
        CheckRange(faults, "Dpop:ProofLifetime", options.ProofLifetime, TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(5));
        CheckRange(faults, "Dpop:NonceLifetime", options.NonceLifetime, TimeSpan.FromSeconds(10), TimeSpan.FromHours(1));
        for (var index = 0; index < options.Algorithms.Count; index++)
        {
            if (!IssuerCheck.Asymmetric.Contains(options.Algorithms[index], StringComparer.Ordinal))
            {
                faults.Add($"Identity:Dpop:Algorithms:{index}: '{options.Algorithms[index]}' is not accepted; choose from {string.Join(", ", IssuerCheck.Asymmetric)}.");
            }
        }
    }

    private static void CheckProxies(IdentityOptions options, List<string> faults)
    {
        for (var index = 0; index < options.TrustedProxies.Count; index++)
        {
            if (TrustedProxy.Parse(options.TrustedProxies[index]) is null)
            {
                faults.Add($"Identity:TrustedProxies:{index}: '{options.TrustedProxies[index]}' is no IP address and no range such as 10.0.0.0/8.");
            }
        }

        if (options.ClientCertificateHeader is { } header && (header.Length == 0 || header.AsSpan().ContainsAnyExcept(HeaderCharacters) || Taken.Contains(header)))
        {
            faults.Add("Identity:ClientCertificateHeader: must name a header of its own, such as Client-Cert, or be left out.");
        }

        if (options.ClientCertificateHeader is null == options.TrustedProxies.Count > 0)
        {
            faults.Add("Identity:ClientCertificateHeader: ClientCertificateHeader and TrustedProxies go together: which header, and from whom it is believed.");
        }
    }

    private static void CheckRange(List<string> faults, string key, TimeSpan value, TimeSpan least, TimeSpan most)
    {
        if (value < least || value > most)
        {
            faults.Add($"Identity:{key}: must be between {least:c} and {most:c}.");
        }
    }

    private static void CheckStatusLists(IssuerOptions issuer, string key, List<string> faults)
    {
        for (var index = 0; index < issuer.StatusListUris.Count; index++)
        {
            if (!StatusListAddress.IsFit(issuer.StatusListUris[index]))
            {
                faults.Add($"{key}:StatusListUris:{index}: write the address as its tokens do, over https (http is accepted for loopback addresses only), without user, fragment or needless escapes.");
            }
        }
    }

    /// <summary>A ladder to check against even where the configured one has faults of its own.</summary>
    private static TierLadder LadderOf(IdentityOptions options) =>
        new(options.TierNames().Where(tier => !string.IsNullOrWhiteSpace(tier)).Distinct(StringComparer.Ordinal).DefaultIfEmpty("public"));

    private static void CheckDistinct(IdentityOptions options, List<string> faults, string key, Func<IssuerOptions, string> value)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var index = 0; index < options.Issuers.Count; index++)
        {
            var text = value(options.Issuers[index]);
            if (!string.IsNullOrWhiteSpace(text) && !seen.Add(text))
            {
                faults.Add($"Identity:Issuers:{index}:{key}: '{text}' is used by an issuer above; each needs its own.");
            }
        }
    }
}
