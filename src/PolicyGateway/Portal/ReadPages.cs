using PolicyGateway.Access;
using PolicyGateway.Admin.Reads;
using PolicyGateway.Identity;
using PolicyGateway.Portal.Pages;

namespace PolicyGateway.Portal;

/// <summary>What the console shows of the audit, of figures and of the policy.</summary>
internal static class ReadPages
{
    private static readonly Role[] Deciders = [Role.Approver];

    public static void MapReadPages(this RouteGroupBuilder group, Site site, Role[] readers)
    {
        group.MapGet("/audit", (HttpContext context, Visits visits, AuditSearch search, AuditVerification verification, ChangeLimit limit) => visits.ShowToAsync(context, site, readers, async visit =>
            await AuditAsync(context, visit, search, verification, limit)));
        group.MapPost("/audit/verify", (HttpContext context, Visits visits, AuditVerification verification) => visits.ChangeAsAsync(context, site, readers, visit =>
            Task.FromResult(verification.Start().Fault is { } fault
                ? Visits.Problem(context, site, "No verification was begun", fault.Detail, fault.Status)
                : Results.Redirect(site.Root + "/audit?done=verifying"))));
        group.MapPost("/evidence/{decision}", (HttpContext context, string decision, Visits visits, EvidenceLook look) => visits.ChangeAsAsync(context, site, Deciders, async visit =>
            await look.OpenAsync(visit.Person, decision, visit.Fields.Text("reason"), context.RequestAborted) is { Value: { } opened } result
                ? Visits.Page<EvidencePage>(context, visit, result.Value)
                : Visits.Problem(context, site, "The text was not opened", "It was not kept, the key is elsewhere, the reason is missing, or there is no such decision.", StatusCodes.Status404NotFound)));
        group.MapGet("/statistics", (HttpContext context, Visits visits, DecisionStatistics statistics) => visits.ShowToAsync(context, site, readers, async visit =>
        {
            var query = context.Request.Query;
            var bucket = LoginEndpoints.One(context, "bucket") == "hour" ? Bucket.Hour : Bucket.Day;
            var counted = await statistics.OfAsync(QueryParameter.TimeOf(query["from"]), QueryParameter.TimeOf(query["to"]), bucket, context.RequestAborted);
            return Visits.Page<StatisticsPage>(context, visit with { Fault = counted.Fault }, new StatisticsPage.View(counted.Value, bucket));
        }));
        group.MapGet("/policy", (HttpContext context, Visits visits, PolicyReview policy) => visits.ShowToAsync(context, site, readers, visit =>
            Task.FromResult(Visits.Page<PolicyPage>(context, visit, policy.Read()))));
    }

    private static async Task<IResult> AuditAsync(HttpContext context, Visit visit, AuditSearch search, AuditVerification verification, ChangeLimit limit)
    {
        // A form sends every field that it has, also those that nobody filled in.
        var asked = new QueryCollection(context.Request.Query
            .Where(static field => field.Key != "done" && !string.IsNullOrEmpty(field.Value.ToString()))
            .ToDictionary(static field => field.Key, static field => field.Value));
        var read = AuditQuestion.Read(asked);
        var fault = read.Fault ?? (read.Value!.Subject is not null && !limit.Allows(visit.Person) ? ChangeLimit.Fault : null);
        var found = fault is null ? await search.FindAsync(visit.Person, read.Value!, context.RequestAborted) : fault;
        var status = await verification.ReadAsync(context.RequestAborted);
        return Visits.Page<AuditSearchPage>(context, visit with { Fault = found.Fault }, new AuditSearchPage.View(asked, found.Value, status));
    }
}
