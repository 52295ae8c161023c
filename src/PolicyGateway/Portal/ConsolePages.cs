using PolicyGateway.Access;
using PolicyGateway.Access.Keys;
using PolicyGateway.Admin;
using PolicyGateway.Identity;
using PolicyGateway.Portal.Pages;
using PolicyGateway.Revocation;

namespace PolicyGateway.Portal;

/// <summary>The operator's pages, through the services that answer <c>/admin/*</c> and for the same roles.</summary>
internal static class ConsolePages
{
    private const int PageLength = 50;

    private static readonly Role[] Readers = [Role.Auditor, Role.Operator, Role.Approver];
    private static readonly Role[] Deciders = [Role.Approver];
    private static readonly Role[] Takers = [Role.Operator];

    public static void MapConsolePages(this RouteGroupBuilder group, Site site)
    {
        group.MapGet("", (HttpContext context, Visits visits, AccessRequests requests, Appeals appeals, BreakGlass glass, TimeProvider time) => visits.ShowToAsync(context, site, Readers, async visit =>
            Visits.Page<QueuePage>(context, visit, new QueuePage.View(
                new Listed<AccessRequest>(await requests.InAsync(RequestStatus.Pending, PortalPages.After(context), PageLength, context.RequestAborted), PageLength),
                new Listed<Appeal>(await appeals.InAsync(AppealStatus.Open, PortalPages.After(context), PageLength, context.RequestAborted), PageLength),
                await glass.ToReviewAsync(null, PageLength, context.RequestAborted),
                time.GetUtcNow()))));
        group.MapPost("/break-glass/{id}/review", (HttpContext context, string id, Visits visits, BreakGlass glass) => visits.ChangeAsAsync(context, site, Deciders, async visit =>
            (await glass.ReviewAsync(visit.Person, id, visit.Fields.Text("reason"), context.RequestAborted)).Fault is { } fault
                ? Visits.Problem(context, site, "Your look was not recorded", fault.Detail, fault.Status)
                : Results.Redirect(site.Root + "?done=reviewed")));
        MapRequests(group, site);
        MapAppeals(group, site);
        MapPeople(group, site);
        MapRevocations(group, site);
        group.MapReadPages(site, Readers);
        group.MapPrivacyPages(site);
    }

    private static void MapRequests(RouteGroupBuilder group, Site site)
    {
        group.MapGet("/requests/{id}", (HttpContext context, string id, Visits visits, AccessRequests requests) => visits.ShowToAsync(context, site, Readers, async visit =>
            await requests.FindAsync(id, null, context.RequestAborted) is { } request
                ? Visits.Page<RequestPage>(context, visit, request)
                : Visits.Problem(context, site, "There is no such request", "It may have been erased.", StatusCodes.Status404NotFound)));
        group.MapPost("/requests/{id}/approve", (HttpContext context, string id, Visits visits, AccessRequests requests) => visits.ChangeAsAsync(context, site, Deciders, async visit =>
            await DecidedAsync(context, visit, id, requests, await requests.ApproveAsync(visit.Person, OrganisationRef.Of(visit.Caller), id, new ApprovalTerms(visit.Fields.Text("reason"), visit.Fields.Number("days"), visit.Fields.Text("bind_project") is not null, visit.Fields.Quota()), context.RequestAborted), "approved")));
        group.MapPost("/requests/{id}/deny", (HttpContext context, string id, Visits visits, AccessRequests requests) => visits.ChangeAsAsync(context, site, Deciders, async visit =>
            await DecidedAsync(context, visit, id, requests, await requests.DenyAsync(visit.Person, id, visit.Fields.Text("reason"), context.RequestAborted), "denied")));
    }

    private static async Task<IResult> DecidedAsync(
        HttpContext context, Visit visit, string id, AccessRequests requests, AccessResult<AccessRequest> result, string done) =>
        result.Fault is not { } fault ? Results.Redirect($"{visit.Site.Root}/requests/{id}?done={done}")
        : await requests.FindAsync(id, null, context.RequestAborted) is { } request ? Visits.Page<RequestPage>(context, visit with { Fault = fault }, request)
        : Visits.Problem(context, visit.Site, "There is no such request", fault.Detail, fault.Status);

    private static void MapAppeals(RouteGroupBuilder group, Site site)
    {
        group.MapGet("/appeals/{id}", (HttpContext context, string id, Visits visits, Appeals appeals) => visits.ShowToAsync(context, site, Readers, async visit =>
            await appeals.FindAsync(id, null, context.RequestAborted) is { } appeal
                ? Visits.Page<AppealPage>(context, visit, appeal)
                : Visits.Problem(context, site, "There is no such appeal", "It may have been erased.", StatusCodes.Status404NotFound)));
        group.MapPost("/appeals/{id}/decide", (HttpContext context, string id, Visits visits, Appeals appeals) => visits.ChangeAsAsync(context, site, Deciders, async visit =>
        {
            var decision = new AppealDecision(visit.Fields.Word<AppealStatus>("status") ?? AppealStatus.Open, visit.Fields.Text("reason"), visit.Fields.Number("days"));
            return (await appeals.DecideAsync(visit.Person, id, decision, context.RequestAborted)).Fault is not { } fault ? Results.Redirect($"{site.Root}/appeals/{id}?done=decided")
                : await appeals.FindAsync(id, null, context.RequestAborted) is { } appeal ? Visits.Page<AppealPage>(context, visit with { Fault = fault }, appeal)
                : Visits.Problem(context, site, "There is no such appeal", fault.Detail, fault.Status);
        }));
    }

    private static void MapPeople(RouteGroupBuilder group, Site site)
    {
        group.MapGet("/people", (HttpContext context, Visits visits, People people, ChangeLimit limit) => visits.ShowToAsync(context, site, Readers, async visit =>
            Holder.Of(context.Request.Query) is var holder && (holder.Person is null || limit.Allows(visit.Person))
                ? Visits.Page<PeoplePage>(context, visit, await people.FindAsync(visit.Person, holder, context.RequestAborted))
                : Visits.Problem(context, site, "Not now", "You looked at more than 60 people in a minute.", StatusCodes.Status429TooManyRequests)));
        group.MapPost("/grants", (HttpContext context, Visits visits, Granting granting, People people) => visits.ChangeAsAsync(context, site, [], async visit =>
        {
            var (holder, fields) = (Holder.Of(visit.Fields), visit.Fields);
            var draft = new GrantDraft(holder.Person, holder.Organisation, [.. fields.All("category")], [.. (fields.Text("models") ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)], fields.Text("project"), fields.Number("days"), fields.Text("reason"), fields.Text("bind_project") is not null, fields.Text("assignable") is not null, Quota: fields.Quota());
            return (await granting.GrantAsync(visit.Person, OrganisationRef.Of(visit.Caller), draft, context.RequestAborted)).Fault is { } fault
                ? Visits.Page<PeoplePage>(context, visit with { Fault = fault }, await people.FindAsync(visit.Person, holder, context.RequestAborted))
                : Results.Redirect($"{site.Root}/people{holder.Query}&done=granted");
        }));
        group.MapPost("/grants/{id}/revoke", (HttpContext context, string id, Visits visits, Granting granting, People people) => visits.ChangeAsAsync(context, site, Takers, async visit =>
            await EndedAsync(context, visit, people, (await granting.RevokeAsync(visit.Person, id, visit.Fields.Text("reason"))).Fault)));
        group.MapPost("/keys/{id}/revoke", (HttpContext context, string id, Visits visits, ApiKeys keys, People people) => visits.ChangeAsAsync(context, site, Takers, async visit =>
            await EndedAsync(context, visit, people, (await keys.RevokeAsync(visit.Person, id, null, visit.Fields.Text("reason"), context.RequestAborted)).Fault)));
    }

    private static async Task<IResult> EndedAsync(HttpContext context, Visit visit, People people, AccessFault? fault)
    {
        var holder = Holder.Of(visit.Fields);
        return fault is null ? Results.Redirect($"{visit.Site.Root}/people{holder.Query}&done=revoked")
            : Visits.Page<PeoplePage>(context, visit with { Fault = fault }, await people.FindAsync(visit.Person, holder, context.RequestAborted));
    }

    private static void MapRevocations(RouteGroupBuilder group, Site site)
    {
        group.MapGet("/revocations", (HttpContext context, Visits visits, Revocations revocations) => visits.ShowToAsync(context, site, Readers, async visit =>
            Visits.Page<RevocationsPage>(context, visit, await ListedAsync(context, revocations))));
        group.MapPost("/revocations", (HttpContext context, Visits visits, Revocations revocations, Revoking revoking) => visits.ChangeAsAsync(context, site, Takers, async visit =>
        {
            var fields = visit.Fields;
            var body = new AdminEndpoints.NewRevocation(fields.Word<RevocationTarget>("target"), fields.Text("issuer"), fields.Text("subject"), fields.Text("name"), null, fields.Text("reason"));
            return (await revoking.RevokeAsync(visit.Person, body)).Fault is { } fault
                ? Visits.Page<RevocationsPage>(context, visit with { Fault = fault }, await ListedAsync(context, revocations))
                : Results.Redirect(site.Root + "/revocations?done=revoked");
        }));
        group.MapPost("/revocations/{id}/lift", (HttpContext context, string id, Visits visits, Revocations revocations, Revoking revoking) => visits.ChangeAsAsync(context, site, Takers, async visit =>
            (await revoking.LiftAsync(visit.Person, id, visit.Fields.Text("reason"), context.RequestAborted)).Fault is { } fault
                ? Visits.Page<RevocationsPage>(context, visit with { Fault = fault }, await ListedAsync(context, revocations))
                : Results.Redirect(site.Root + "/revocations?done=lifted")));
    }

    private static async Task<Listed<RevocationEntry>> ListedAsync(HttpContext context, Revocations revocations) =>
        new(await revocations.ListAsync(PortalPages.After(context), PageLength, context.RequestAborted), PageLength);
}
