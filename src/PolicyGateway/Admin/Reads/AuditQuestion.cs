using System.Collections.Frozen;
using System.Globalization;
using PolicyGateway.Access;
using PolicyGateway.Audit;

namespace PolicyGateway.Admin.Reads;

/// <summary>What an auditor looks for: every field that is not null must fit.</summary>
internal sealed record AuditQuestion
{
    private static readonly FrozenSet<string> Records = new[] { "refusal", "release_intent", "outcome", AuditPayload.ErasureKind, AuditPayload.RetentionKind, AuditPayload.KeyKind, EarlierUnkept }
        .ToFrozenSet(StringComparer.Ordinal);

    /// <summary>What earlier versions called a revocation that could not be kept.</summary>
    private const string EarlierUnkept = "revocation.unkept";

    /// <summary>The query that asks it.</summary>
    public static readonly TakenQuery Parameters = new(
    [
        .. new[] { "issuer", "subject", "organisation", "end_user", "category", "reason" }.Select(QueryParameter.Text),
        new QueryParameter("decision", "an id such as dec_0123456789abcdef01234567", static text => text.All(static c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '-')),
        new QueryParameter("event", "a name that the audit has, such as refusal or grant.revoked", static text => Records.Contains(text) || ChangeEvents.IsOne(text)),
        QueryParameter.Id("grant", "grt"),
        QueryParameter.Id("key_id", "key"),
        QueryParameter.Word("outcome", "released", "refused", "aborted", "upstream_failed", "pending"),
        QueryParameter.Time("from"),
        QueryParameter.Time("to"),
        new QueryParameter("after", "the 'next' of the page before", static text => Number(text) is not null),
        QueryParameter.Limit,
    ]);

    /// <summary>A decision, and the changes that name it; or anything else that changes name.</summary>
    public string? Decision { get; init; }

    /// <summary>Whose name the subject or the organisation is.</summary>
    public string? Issuer { get; init; }

    /// <summary>A person: what was decided for him and what he changed.</summary>
    public string? Subject { get; init; }

    public string? Organisation { get; init; }

    /// <summary>Whom an organisation's client named, by its own id.</summary>
    public string? EndUser { get; init; }

    /// <summary>A category; those nested in it count as it.</summary>
    public string? Category { get; init; }

    public string? Outcome { get; init; }

    /// <summary>The reason code of a decision.</summary>
    public string? Reason { get; init; }

    /// <summary>A grant: decisions in which it counted, and its own changes.</summary>
    public string? Grant { get; init; }

    /// <summary>An API key: decisions for whoever came with it, and its own changes.</summary>
    public string? KeyId { get; init; }

    /// <summary>Such as <c>refusal</c>, <c>grant.revoked</c> or <c>key</c>.</summary>
    public string? Event { get; init; }

    public DateTimeOffset? From { get; init; }

    /// <summary>Before this time.</summary>
    public DateTimeOffset? To { get; init; }

    /// <summary>Only records before this one.</summary>
    public long? After { get; init; }

    public int Limit { get; init; } = 50;

    /// <summary>Reads a query strictly: a filter that is misspelled must not find everything.</summary>
    public static AccessResult<AuditQuestion> Read(IQueryCollection query)
    {
        if (Parameters.Check(query) is { } odd)
        {
            return odd;
        }

        var question = new AuditQuestion
        {
            Decision = query["decision"],
            Issuer = query["issuer"],
            Subject = query["subject"],
            Organisation = query["organisation"],
            EndUser = query["end_user"],
            Category = query["category"],
            Outcome = query["outcome"],
            Reason = query["reason"],
            Grant = query["grant"],
            KeyId = query["key_id"],
            Event = query["event"],
            From = QueryParameter.TimeOf(query["from"]),
            To = QueryParameter.TimeOf(query["to"]),
            After = Number(query["after"]),
            Limit = QueryParameter.NumberOf(query["limit"]) ?? AccessApi.UsualPage,
        };
        return question.Check() is { } fault ? fault : question;
    }

    /// <summary>What is wrong with it; null where nothing is.</summary>
    public AccessFault? Check() => this switch
    {
        { Subject: not null, Issuer: null } => AccessFault.BadQuery("subject goes with an issuer: a person is both."),
        { Organisation: not null, Issuer: null } => AccessFault.BadQuery("organisation goes with an issuer, whose name it is."),
        { EndUser: not null, Organisation: null } => AccessFault.BadQuery("end_user goes with an issuer and an organisation, whose id it is."),
        { Issuer: not null, Subject: null, Organisation: null } => AccessFault.BadQuery("issuer goes with a subject or an organisation."),
        { From: { } from, To: { } to } when from > to => AccessFault.BadQuery("from is later than to."),
        _ => null,
    };

    /// <summary>The number of a record.</summary>
    private static long? Number(string? text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
