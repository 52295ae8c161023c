using PolicyGateway.Access;
using PolicyGateway.Policy;
using PolicyGateway.Portal.Pages;

namespace PolicyGateway.Portal;

/// <summary>A responder opens a category to himself: through the service that answers <c>/v1/access/break-glass</c>.</summary>
internal static class EmergencyPages
{
    private static readonly AccessFault NotConfirmed = AccessFault.Invalid("Say that you cannot wait for an approver, and know that somebody else looks at it.");

    public static void MapEmergencyPages(this RouteGroupBuilder group, Site site)
    {
        group.MapGet("/emergency", (HttpContext context, Visits visits, BreakGlass glass, IPolicySource policy, TimeProvider time) => visits.ShowAsync(context, site, visit =>
            ShownAsync(context, visit, glass, policy, time)));
        group.MapPost("/emergency", (HttpContext context, Visits visits, BreakGlass glass, IPolicySource policy, TimeProvider time) => visits.ChangeAsync(context, site, async visit =>
        {
            var fields = visit.Fields;
            if (visit.MayOpenInEmergency && fields.Text("confirm") is null)
            {
                return await ShownAsync(context, visit with { Fault = NotConfirmed }, glass, policy, time);
            }

            var draft = new EmergencyDraft([.. fields.All("category")], fields.Number("minutes"), fields.Text("reason"));
            return (await glass.OpenAsync(visit.Caller, visit.Person, draft, context.RequestAborted)).Fault is { } fault
                ? await ShownAsync(context, visit with { Fault = fault }, glass, policy, time)
                : Results.Redirect(site.Root + "/emergency?done=opened");
        }));
    }

    private static async Task<IResult> ShownAsync(HttpContext context, Visit visit, BreakGlass glass, IPolicySource policy, TimeProvider time) =>
        glass.CannotOpen(visit.Caller) is { } fault
            ? Visits.Closed(context, visit.Site, fault)
            : Visits.Page<EmergencyPage>(context, visit, new EmergencyPage.View(
                PortalPages.Openable(policy), await glass.OfAsync(visit.Person, context.RequestAborted), glass.MostMinutes, time.GetUtcNow()));
}
