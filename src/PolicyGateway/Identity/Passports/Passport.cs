using System.Collections.Immutable;

namespace PolicyGateway.Identity.Passports;

/// <summary>Keys that visas of a remembered token were verified with.</summary>
internal readonly record struct VisaKeys(IIssuerKeys From, IssuerKeySet Seen);

/// <summary>What the visas of one token come to.</summary>
/// <param name="Credentials">The credentials that they prove.</param>
/// <param name="CountsUntil">When the first of them ends, or it is to be asked again; null where it lives as long as the token.</param>
/// <param name="Keys">The keys that this rests on.</param>
internal sealed record Passport(ImmutableArray<Credential> Credentials, DateTimeOffset? CountsUntil, ImmutableArray<VisaKeys> Keys)
{
    public static readonly Passport None = new([], null, []);
}
