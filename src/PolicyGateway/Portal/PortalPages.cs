using PolicyGateway.Access;
using PolicyGateway.Access.Joins;
using PolicyGateway.Identity;
using PolicyGateway.Policy;
using PolicyGateway.Portal.Pages;
using PolicyGateway.Privacy;

namespace PolicyGateway.Portal;

/// <summary>The professional's pages. Everything here is the visitor's own, through the services that answer <c>/v1/access/*</c>.</summary>
internal static class PortalPages
{
    internal const int PageLength = 50;

    public static void MapPortalPages(this RouteGroupBuilder group, Site site)
    {
        group.MapGet("", (HttpContext context, Visits visits, Standing standing, TierLadder ladder, TimeProvider time, Sites sites) =>
            visits.ShowAsync(context, site, async visit =>
            {
                var (view, now) = (await standing.OfAsync(visit.Caller, context.RequestAborted), time.GetUtcNow());
                return Visits.Page<StandingPage>(context, visit, new StandingPage.View(
                    view, [.. view.Categories.Select(category => new StandingPage.Row(category, Missing.Of(category, view, ladder, now), sites.HasProvider && Missing.NeedsLogin(category, view)))], now));
            }));
        group.MapGet("/decisions", (HttpContext context, Visits visits, PastDecisions decisions) => visits.ShowAsync(context, site, async visit =>
            Visits.Page<DecisionsPage>(context, visit, new Listed<OwnDecision>(await decisions.OfAsync(visit.Person, After(context), PageLength, context.RequestAborted), PageLength))));
        MapRequests(group, site);
        MapAppeals(group, site);
        group.MapKeyPages(site);
        MapIdentities(group, site);
        group.MapOwnData(site);
        group.MapOrganisationPages(site);
        group.MapEmergencyPages(site);
    }

    private static void MapRequests(RouteGroupBuilder group, Site site)
    {
        group.MapGet("/requests", (HttpContext context, Visits visits, AccessRequests requests) => visits.ShowAsync(context, site, async visit =>
            Visits.Page<RequestsPage>(context, visit, new Listed<OwnRequest>([.. (await requests.OfAsync(visit.Person, After(context), PageLength, context.RequestAborted)).Select(OwnRequest.Of)], PageLength))));
        group.MapGet("/requests/new", (HttpContext context, Visits visits, IPolicySource policy) => visits.ShowAsync(context, site, visit =>
            Task.FromResult(Visits.Page<NewRequestPage>(context, visit, new NewRequestPage.View(Openable(policy), LoginEndpoints.One(context, "category") is { } category ? [category] : [])))));
        group.MapPost("/requests/new", (HttpContext context, Visits visits, AccessRequests requests, IPolicySource policy) => visits.ChangeAsync(context, site, async visit =>
        {
            var fields = visit.Fields;
            var draft = new RequestDraft([.. fields.All("category").Distinct()], fields.Text("project"), fields.Text("purpose"), fields.Number("days") ?? 0, fields.Text("for_organisation") is not null);
            return await requests.CreateAsync(visit.Caller, draft, context.RequestAborted) is { Fault: { } fault }
                ? Visits.Page<NewRequestPage>(context, visit with { Fault = fault }, new NewRequestPage.View(Openable(policy), draft.Categories))
                : Results.Redirect(site.Root + "/requests?done=requested");
        }));
        group.MapPost("/requests/{id}/withdraw", (HttpContext context, string id, Visits visits, AccessRequests requests) => visits.ChangeAsync(context, site, async visit =>
            (await requests.WithdrawAsync(visit.Person, id, context.RequestAborted)).Fault is { } fault
                ? Visits.Problem(context, site, "The request was not withdrawn", fault.Detail, fault.Status)
                : Results.Redirect(site.Root + "/requests?done=withdrawn")));
    }

    private static void MapAppeals(RouteGroupBuilder group, Site site)
    {
        group.MapGet("/appeals", (HttpContext context, Visits visits, Appeals appeals) => visits.ShowAsync(context, site, async visit =>
            Visits.Page<AppealsPage>(context, visit, new Listed<OwnAppeal>([.. (await appeals.OfAsync(visit.Person, After(context), PageLength, context.RequestAborted)).Select(OwnAppeal.Of)], PageLength))));
        group.MapGet("/appeals/new", (HttpContext context, Visits visits) => visits.ShowAsync(context, site, visit =>
            Task.FromResult(Visits.Page<NewAppealPage>(context, visit, LoginEndpoints.One(context, "decision") ?? ""))));
        group.MapPost("/appeals/new", (HttpContext context, Visits visits, Appeals appeals) => visits.ChangeAsync(context, site, async visit =>
            (await appeals.CreateAsync(visit.Caller, visit.Person, visit.Fields.Text("decision"), visit.Fields.Text("statement"), context.RequestAborted)).Fault is { } fault
                ? Visits.Page<NewAppealPage>(context, visit with { Fault = fault }, visit.Fields.Text("decision") ?? "")
                : Results.Redirect(site.Root + "/appeals?done=appealed")));
    }

    private static void MapIdentities(RouteGroupBuilder group, Site site)
    {
        group.MapGet("/identities", (HttpContext context, Visits visits, JoinedIdentities joined, PrivacyKey key) => visits.ShowAsync(context, site, visit =>
            ShowIdentitiesAsync(context, visit, joined, key, null)));
        group.MapPost("/identities/codes", (HttpContext context, Visits visits, JoinedIdentities joined, IdentityJoins joins, PrivacyKey key) => visits.ChangeAsync(context, site, visit =>
        {
            var made = joins.NewCode(visit.Person);
            return ShowIdentitiesAsync(context, visit with { Fault = made.Fault }, joined, key, made.Value);
        }));
        group.MapPost("/identities/{id}/undo", (HttpContext context, string id, Visits visits, IdentityJoins joins) => visits.ChangeAsync(context, site, async visit =>
            (await joins.UndoAsync(visit.Person, id, null, context.RequestAborted)).Fault is { } fault
                ? Visits.Problem(context, site, "The join was not undone", fault.Detail, fault.Status)
                : Results.Redirect(site.Root + "/identities?done=undone")));
    }

    private static async Task<IResult> ShowIdentitiesAsync(HttpContext context, Visit visit, JoinedIdentities joined, PrivacyKey key, JoinCode? made) =>
        Visits.Page<IdentitiesPage>(context, visit, new IdentitiesPage.View(
            [.. (await joined.ListAsync(visit.Person, context.RequestAborted)).Select(join => OwnIdentity.Of(join, visit.Person, key))], made));

    internal static IReadOnlyList<PolicyCategory> Openable(IPolicySource policy) => [.. policy.Current.Categories.Where(static category => !category.IsClosed)];

    internal static string? After(HttpContext context) => context.Request.Query["after"] is [{ Length: > 0 and < 100 } after] ? after : null;
}

/// <summary>One page of a list.</summary>
/// <param name="Items">What is on it.</param>
/// <param name="Length">How many a page holds.</param>
internal sealed record Listed<T>(IReadOnlyList<T> Items, int Length)
{
    /// <summary>Whether there may be more.</summary>
    public bool IsFull => Items.Count == Length;
}
