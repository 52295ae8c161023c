using System.Collections.Immutable;
using PolicyGateway.Access;
using PolicyGateway.Access.Joins;
using PolicyGateway.Access.Keys;
using PolicyGateway.Admin.Reads;
using PolicyGateway.Policy;
using PolicyGateway.Revocation;

namespace PolicyGateway.Portal;

/// <summary>Whom an operator looks up: a person, an organisation, or nobody yet.</summary>
internal sealed record Holder(PersonRef? Person, OrganisationRef? Organisation)
{
    public string? Key => Person?.Key() ?? Organisation?.Key();

    /// <summary>The query that leads back here.</summary>
    public string Query =>
        Person is { } person ? $"?issuer={Uri.EscapeDataString(person.Issuer)}&subject={Uri.EscapeDataString(person.Subject)}"
        : Organisation is { } organisation ? $"?issuer={Uri.EscapeDataString(organisation.Issuer)}&organisation={Uri.EscapeDataString(organisation.Name)}"
        : "?";

    public static Holder Of(IQueryCollection query) => Of(One(query["issuer"]), One(query["subject"]), One(query["organisation"]));

    public static Holder Of(Fields fields) => Of(fields.Exact("issuer"), fields.Exact("subject"), fields.Exact("organisation"));

    private static Holder Of(string? issuer, string? subject, string? organisation) => (issuer, subject, organisation) switch
    {
        ({ }, { }, null) => new Holder(new PersonRef(issuer, subject), null),
        ({ }, null, { }) => new Holder(null, new OrganisationRef(issuer, organisation)),
        _ => new Holder(null, null),
    };

    private static string? One(Microsoft.Extensions.Primitives.StringValues values) => values is [{ Length: > 0 and < 1_000 } value] ? value : null;
}

/// <summary>What an operator sees of somebody.</summary>
internal sealed record PeopleView(
    Holder Holder,
    IReadOnlyList<Grant> Grants,
    IReadOnlyList<ApiKey> Keys,
    IReadOnlyList<AccessRequest> Requests,
    ImmutableArray<RevocationEntry> Revocations,
    IReadOnlyList<Grant> Newest,
    IReadOnlyList<PolicyCategory> Categories,
    DateTimeOffset Now);

/// <summary>Looks somebody up, as far as this gateway knows him: by issuer and subject, or organisation, and by nothing else.</summary>
internal sealed class People(GrantBook grants, ApiKeys keys, AccessRequests requests, Revocations revocations, JoinedIdentities joined, Looks looks, IPolicySource policy, TimeProvider time)
{
    private const int Most = 100;

    /// <param name="by">Who looks; that he looks at a person is recorded first.</param>
    /// <param name="holder">At whom.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<PeopleView> FindAsync(PersonRef by, Holder holder, CancellationToken cancellationToken)
    {
        if (holder.Person is { } sought)
        {
            await looks.RecordAsync(Looks.AtAccess, by, sought, cancellationToken);
        }

        var categories = policy.Current.Categories.Where(static category => !category.IsClosed).ToArray();
        if (holder.Key is not { } key)
        {
            var newest = await grants.Set.ListAsync(null, cancellationToken, limit: Most, newestFirst: true);
            return new PeopleView(holder, [], [], [], [], [.. newest.Select(static stored => stored.Value)], categories, time.GetUtcNow());
        }

        return new PeopleView(
            holder,
            await grants.OfAsync(key, null, Most, cancellationToken),
            await keys.OfAsync(key, null, Most, cancellationToken),
            holder.Person is { } person ? await requests.OfAsync(person, null, Most, cancellationToken) : [],
            holder.Person is { } one ? [.. joined.Of(one).SelectMany(subject => revocations.AllAgainst(subject))] : [],
            [],
            categories,
            time.GetUtcNow());
    }
}
