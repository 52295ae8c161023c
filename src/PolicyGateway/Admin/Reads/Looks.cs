using PolicyGateway.Access;
using PolicyGateway.Audit;
using PolicyGateway.State;

namespace PolicyGateway.Admin.Reads;

/// <summary>Records that somebody with a role looks at what is kept of a person, before he sees it.</summary>
internal sealed class Looks(IAuditLog audit, TimeProvider time)
{
    /// <summary>At decisions and changes.</summary>
    public const string AtAudit = ChangeEvents.AuditSearched;

    /// <summary>At grants, requests, keys and joined logins.</summary>
    public const string AtAccess = ChangeEvents.AccessSearched;

    /// <summary>What the record of whom somebody looked for is called, which is not what that person did.</summary>
    public const string Suffix = ChangeEvents.For;

    /// <summary>Records that the person whom a query names is looked at, where it names one, and then answers.</summary>
    public async Task<IResult> RecordAsync(HttpContext context, PersonRef by, Func<Task<IResult>> answer)
    {
        if (context.Request.Query is var query && query["issuer"] is [{ } issuer] && query["subject"] is [{ } subject])
        {
            await RecordAsync(AtAccess, by, new PersonRef(issuer, subject), context.RequestAborted);
        }

        return await answer();
    }

    /// <summary>
    /// Two records: of who looked, and of whom he looked for. So each stands with the person that it is of, is found by him and can be
    /// erased with him, and neither name is in the chain.
    /// </summary>
    public async Task RecordAsync(string at, PersonRef by, PersonRef sought, CancellationToken cancellationToken)
    {
        var look = StateId.New("sch", time.GetUtcNow());
        await audit.CommitAsync(new ChangeRecord { Event = at + Suffix, Issuer = sought.Issuer, Subject = sought.Subject, Target = look }, cancellationToken);
        await audit.CommitAsync(new ChangeRecord { Event = at, Issuer = by.Issuer, Subject = by.Subject, Target = look }, cancellationToken);
    }
}
