using System.Globalization;
using PolicyGateway.Access;

namespace PolicyGateway.Admin.Reads;

/// <summary>What an auditor looks for: every field that is not null must fit.</summary>
internal sealed record AuditQuestion
{
    private const int Longest = 300;

    public static readonly AccessFault BadTime = AccessFault.Invalid("from, to: a time such as 2031-05-01T12:00:00Z.");

    private static readonly string[] Outcomes = ["released", "refused", "aborted", "upstream_failed", "pending"];
    private static readonly string[] Names = ["decision", "issuer", "subject", "organisation", "end_user", "category", "outcome", "reason", "grant", "event", "from", "to", "after", "limit"];
    private static readonly string[] TimeFormats = ["yyyy-MM-dd", "yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK"];

    /// <summary>A decision, and the changes that name it.</summary>
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
        foreach (var (name, value) in query)
        {
            if (!Names.Contains(name))
            {
                return AccessFault.Invalid($"The query has a member that is none of {string.Join(", ", Names)}.");
            }

            if (value is not [{ Length: > 0 and <= Longest } text] || text.Any(char.IsControl))
            {
                return AccessFault.Invalid($"{name}: once, 1 to {Longest} characters.");
            }
        }

        var (from, to) = (Time(query, "from"), Time(query, "to"));
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
            Event = query["event"],
            From = from,
            To = to,
            After = Number(query, "after"),
            Limit = (int)Math.Clamp(Number(query, "limit") ?? 50, 1, AuditSearch.LongestPage),
        };
        var fault = question.Check()
            ?? (query.ContainsKey("from") && from is null || query.ContainsKey("to") && to is null ? BadTime
            : query.ContainsKey("after") && question.After is null ? AccessFault.Invalid("after: the 'next' of the page before.")
            : null);
        return fault is null ? question : fault;
    }

    /// <summary>A time of a query: ISO 8601, in UTC where it does not say otherwise.</summary>
    public static DateTimeOffset? Time(IQueryCollection query, string name) =>
        query[name] is [{ } text] && DateTimeOffset.TryParseExact(text, TimeFormats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;

    /// <summary>What is wrong with it; null where nothing is.</summary>
    public AccessFault? Check() => this switch
    {
        { Subject: not null, Issuer: null } => AccessFault.Invalid("subject goes with an issuer: a person is both."),
        { Organisation: not null, Issuer: null } => AccessFault.Invalid("organisation goes with an issuer, whose name it is."),
        { EndUser: not null, Organisation: null } => AccessFault.Invalid("end_user goes with an issuer and an organisation, whose id it is."),
        { Issuer: not null, Subject: null, Organisation: null } => AccessFault.Invalid("issuer goes with a subject or an organisation."),
        { Outcome: { } outcome } when !Outcomes.Contains(outcome) => AccessFault.Invalid($"outcome: {string.Join(", ", Outcomes)}."),
        { From: { } from, To: { } to } when from > to => AccessFault.Invalid("from is later than to."),
        _ => null,
    };

    private static long? Number(IQueryCollection query, string name) =>
        query[name] is [{ } text] && text.All(char.IsAsciiDigit) ? (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : long.MaxValue) : null;
}
