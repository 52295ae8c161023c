using PolicyGateway.Access;
using PolicyGateway.Identity;
using PolicyGateway.Portal.Pages;
using PolicyGateway.Privacy;

namespace PolicyGateway.Portal;

/// <summary>What is kept of people, as a file, and its end: through the services that answer <c>/v1/access/me/export</c> and <c>/admin/privacy/*</c>.</summary>
internal static class PrivacyPages
{
    private static readonly Role[] Administrators = [];

    private static readonly AccessFault NotConfirmed = AccessFault.Invalid("The subject that you typed is not the one above; nothing was erased.");

    public static void MapOwnData(this RouteGroupBuilder group, Site site)
    {
        group.MapGet("/data", (HttpContext context, Visits visits) => visits.ShowAsync(context, site, visit => Task.FromResult(Visits.Page<DataPage>(context, visit))));
        group.MapGet("/data/export", (HttpContext context, Visits visits, Export export, ChangeLimit limit) => visits.ShowAsync(context, site, async visit =>

            // As much work as a change.
            limit.Allows(visit.Person)
                ? Saved(context, await export.OfAsync(visit.Person, PortalPages.After(context), context.RequestAborted))
                : Visits.Page<DataPage>(context, visit with { Fault = ChangeLimit.Fault })));
    }

    public static void MapPrivacyPages(this RouteGroupBuilder group, Site site)
    {
        group.MapGet("/privacy", (HttpContext context, Visits visits) => visits.ShowToAsync(context, site, Administrators, visit =>
            Task.FromResult(Visits.Page<PrivacyPage>(context, visit, Holder.Of(context.Request.Query).Person))));
        group.MapPost("/privacy/export", (HttpContext context, Visits visits, RecordedExport export) => visits.ChangeAsAsync(context, site, Administrators, async visit =>
        {
            var (issuer, subject) = (visit.Fields.Exact("issuer"), visit.Fields.Exact("subject"));
            var exported = await export.OfAsync(visit.Person, issuer, subject, visit.Fields.Text("after"), context.RequestAborted);
            return exported.Fault is { } fault ? Refused(context, visit, issuer, subject, fault) : Saved(context, exported.Value!);
        }));
        group.MapPost("/privacy/erase", (HttpContext context, Visits visits, Erasure erasure) => visits.ChangeAsAsync(context, site, Administrators, async visit =>
        {
            // To the letter: somebody with another name is somebody else.
            var (issuer, subject) = (visit.Fields.Exact("issuer"), visit.Fields.Exact("subject"));
            if (!string.Equals(visit.Fields.Exact("confirm"), subject, StringComparison.Ordinal))
            {
                return Refused(context, visit, issuer, subject, NotConfirmed);
            }

            var erased = await erasure.EraseAsync(visit.Person, issuer, subject, visit.Fields.Text("reason"), context.RequestAborted);
            return erased.Fault is { } fault ? Refused(context, visit, issuer, subject, fault) : Visits.Page<ErasedPage>(context, visit, erased.Value);
        }));
    }

    private static IResult Refused(HttpContext context, Visit visit, string? issuer, string? subject, AccessFault fault) =>
        Visits.Page<PrivacyPage>(context, visit with { Fault = fault }, NamedPerson.Of(issuer, subject).Value);

    private static IResult Saved(HttpContext context, PersonExport export) => AccessApi.File(context, export, $"policygateway-export-{export.ExportedAt.UtcDateTime:yyyyMMdd'T'HHmmss'Z'}");
}
