using System.Collections.Immutable;

namespace PolicyGateway.Identity.Passports;

/// <summary>From verified visas to credentials: whom they are about, what they depend on, and what the configuration makes of them.</summary>
internal sealed class VisaRules(PassportOptions options)
{
    /// <summary>The version of registered access that the GA4GH Passport standard names; a text, never fetched.</summary>
    private const string RegisteredAccess = "https://doi.org/10.1038/s41431-018-0219-y";

    /// <summary>The credentials of one person.</summary>
    /// <param name="person">Whom the token is about.</param>
    /// <param name="visas">Visas whose signature, time and source count.</param>
    /// <param name="mayLink">Whether a visa's issuer may join identities.</param>
    public ImmutableArray<Credential> CredentialsOf(VisaIdentity person, IReadOnlyList<Visa> visas, Func<Visa, bool> mayLink)
    {
        var counting = Counting(visas, Identities(person, visas, mayLink));
        var credentials = ImmutableArray.CreateBuilder<Credential>();
        foreach (var visa in counting)
        {
            credentials.AddRange(options.Visas.Where(rule => Proves(visa, rule)).Select(rule => Of(rule.Credential, visa) with { Assurance = rule.Assurance }));
        }

        if (options.RegisteredAccessCredential is { } name
            && Longest(counting.Where(static visa => visa.Type == Visa.AcceptedTerms)) is { } terms
            && Longest(counting.Where(visa => visa.Type == Visa.ResearcherStatus && visa.By is { } by && Acknowledging.Contains(by))) is { } status)
        {
            credentials.Add(Of(name, status) with
            {
                ExpiresAt = Earlier(terms.ExpiresAt, status.ExpiresAt),
                ProvedAt = Earlier(terms.AssertedAt, status.AssertedAt),
            });
        }

        return credentials.ToImmutable();
    }

    private static Credential Of(string name, Visa visa) => new(name, visa.Holder.Issuer, visa.ExpiresAt)
    {
        ProvedAt = visa.AssertedAt,
        Method = visa.By,
        Source = visa.Source,
    };

    private static bool Proves(Visa visa, VisaRuleOptions rule) =>
        visa.Type == rule.Type
        && rule.Values.Contains(visa.Value)
        && (rule.Sources.Count == 0 || rule.Sources.Contains(visa.Source))
        && (rule.By.Count == 0 || (visa.By is { } by && rule.By.Contains(by)));

    private IReadOnlyList<string> Acknowledging => options.RegisteredAccessBy is { Count: > 0 } named ? named : PassportOptions.Acknowledging;

    private static Visa? Longest(IEnumerable<Visa> visas) =>
        visas.Where(static visa => visa.Value == RegisteredAccess).MaxBy(static visa => visa.ExpiresAt);

    /// <summary>The identities that are this person, each for as long as the links to it count.</summary>
    private static Dictionary<VisaIdentity, DateTimeOffset> Identities(VisaIdentity person, IEnumerable<Visa> visas, Func<Visa, bool> mayLink)
    {
        var known = new Dictionary<VisaIdentity, DateTimeOffset> { [person] = DateTimeOffset.MaxValue };

        // Links may chain, and a link with conditions would make a circle with them, so it does not count.
        var links = visas.Where(visa => visa.Type == Visa.LinkedIdentities && visa.Conditions is null && mayLink(visa))
            .Select(static visa => (visa.ExpiresAt, Identities: visa.Linked())).ToList();
        for (var grew = true; grew;)
        {
            grew = false;
            foreach (var (expiresAt, identities) in links)
            {
                if (identities.Where(known.ContainsKey).Select(identity => known[identity]).DefaultIfEmpty(DateTimeOffset.MinValue).Max() is var reach
                    && reach > DateTimeOffset.MinValue)
                {
                    foreach (var identity in identities)
                    {
                        var until = Earlier(reach, expiresAt);
                        if (!known.TryGetValue(identity, out var before) || before < until)
                        {
                            known[identity] = until;
                            grew = true;
                        }
                    }
                }
            }
        }

        return known;
    }

    /// <summary>The person's visas whose conditions are met, each for as long as all that it rests on.</summary>
    private static List<Visa> Counting(IReadOnlyList<Visa> visas, Dictionary<VisaIdentity, DateTimeOffset> identities)
    {
        var own = visas.Where(visa => identities.ContainsKey(visa.Holder))
            .Select(visa => visa with { ExpiresAt = Earlier(visa.ExpiresAt, identities[visa.Holder]) }).ToList();

        // A condition may not rest on a visa with conditions.
        var free = own.Where(static visa => visa.Conditions is null).ToList();
        return
        [
            .. free,
            .. own.Where(static visa => visa.Conditions is not null)
                .Select(visa => (Visa: visa, Until: visa.Conditions!.MetUntil(free)))
                .Where(static one => one.Until is not null)
                .Select(static one => one.Visa with { ExpiresAt = Earlier(one.Visa.ExpiresAt, one.Until!.Value) }),
        ];
    }

    private static DateTimeOffset Earlier(DateTimeOffset first, DateTimeOffset second) => first < second ? first : second;
}
