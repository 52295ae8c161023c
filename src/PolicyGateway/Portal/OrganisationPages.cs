using PolicyGateway.Access;
using PolicyGateway.Policy;
using PolicyGateway.Portal.Pages;

namespace PolicyGateway.Portal;

/// <summary>What an organisation holds, for its stewards, who pass it on to its people: through the service that answers <c>/v1/access/organisation/*</c>.</summary>
internal static class OrganisationPages
{
    private const int PageLength = 50;

    private static readonly char[] Separators = [',', '\n'];

    public static void MapOrganisationPages(this RouteGroupBuilder group, Site site)
    {
        group.MapGet("/organisation", (HttpContext context, Visits visits, Stewardship stewards, TimeProvider time) => visits.ShowAsync(context, site, visit => AsStewardAsync(context, visit, async organisation =>
            Visits.Page<OrganisationPage>(context, visit, new OrganisationPage.View(
                organisation.Name, new Listed<Grant>(await stewards.HeldAsync(organisation, PortalPages.After(context), PageLength, context.RequestAborted), PageLength), time.GetUtcNow())))));
        group.MapGet("/organisation/{id}", (HttpContext context, string id, Visits visits, Stewardship stewards, IPolicySource policy, TimeProvider time) => visits.ShowAsync(context, site, visit =>
            ShownAsync(context, visit, id, stewards, policy, time)));
        group.MapPost("/organisation/{id}", (HttpContext context, string id, Visits visits, Stewardship stewards, IPolicySource policy, TimeProvider time) => visits.ChangeAsync(context, site, async visit =>
        {
            var fields = visit.Fields;
            var draft = new ShareDraft(
                id, fields.Text("subject"), [.. fields.All("category").Distinct()],
                [.. fields.All("models").SelectMany(static text => text.Split(Separators, StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))],
                fields.Number("days"), fields.Text("reason"), fields.Quota());
            return (await stewards.ShareAsync(visit.Caller, visit.Person, draft, context.RequestAborted)).Fault is { } fault
                ? await ShownAsync(context, visit with { Fault = fault }, id, stewards, policy, time)
                : Results.Redirect($"{site.Root}/organisation/{Uri.EscapeDataString(id)}?done=passed-on");
        }));
        group.MapPost("/organisation/{id}/passed-on/{grant}/revoke", (HttpContext context, string id, string grant, Visits visits, Stewardship stewards, IPolicySource policy, TimeProvider time) => visits.ChangeAsync(context, site, async visit =>
            (await stewards.TakeBackAsync(visit.Caller, visit.Person, grant, visit.Fields.Text("reason"), context.RequestAborted)).Fault is { } fault
                ? await ShownAsync(context, visit with { Fault = fault }, id, stewards, policy, time)
                : Results.Redirect($"{site.Root}/organisation/{Uri.EscapeDataString(id)}?done=taken-back")));
    }

    private static Task<IResult> ShownAsync(HttpContext context, Visit visit, string id, Stewardship stewards, IPolicySource policy, TimeProvider time) => AsStewardAsync(context, visit, async organisation =>
    {
        if (await stewards.FindAsync(organisation, id, context.RequestAborted) is not { } held)
        {
            return Visits.Problem(context, visit.Site, "There is no such grant", Stewardship.NotHeld.Detail, Stewardship.NotHeld.Status);
        }

        var opened = held.ForCaller();
        return Visits.Page<OrganisationGrantPage>(context, visit, new OrganisationGrantPage.View(
            held,
            new Listed<Grant>(await stewards.PassedOnAsync(held, PortalPages.After(context), PageLength, context.RequestAborted), PageLength),
            [.. policy.Current.Categories.Where(category => !category.IsClosed && opened.Opens(category.Id, held.NotBefore))],
            time.GetUtcNow()));
    });

    private static Task<IResult> AsStewardAsync(HttpContext context, Visit visit, Func<OrganisationRef, Task<IResult>> answer) =>
        Stewardship.Of(visit.Caller) is { Value: { } organisation } ? answer(organisation) : Task.FromResult(Visits.Closed(context, visit.Site, Stewardship.Of(visit.Caller).Fault!));
}
