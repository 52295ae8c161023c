using Microsoft.Extensions.Options;
using PolicyGateway.Access;
using PolicyGateway.Access.Keys;
using PolicyGateway.Policy;
using PolicyGateway.Portal.Pages;

namespace PolicyGateway.Portal;

/// <summary>A professional's API keys: made for what they are to open, replaced, ended.</summary>
internal static class KeyPages
{
    public static void MapKeyPages(this RouteGroupBuilder group, Site site)
    {
        group.MapGet("/keys", (HttpContext context, Visits visits, ApiKeys keys, IPolicySource policy, IOptions<AccessOptions> options, TimeProvider time) => visits.ShowAsync(context, site, visit =>
            ShownAsync(context, visit, keys, policy, options, time, null)));
        group.MapPost("/keys", (HttpContext context, Visits visits, KeyMaking making, ApiKeys keys, IPolicySource policy, IOptions<AccessOptions> options, TimeProvider time) => visits.ChangeAsync(context, site, async visit =>
            await MadeAsync(context, visit, keys, policy, options, time, await making.CreateAsync(visit.Caller, visit.Person, DraftOf(visit.Fields), context.RequestAborted))));
        group.MapPost("/keys/{id}/rotate", (HttpContext context, string id, Visits visits, ApiKeys keys, IPolicySource policy, IOptions<AccessOptions> options, TimeProvider time) => visits.ChangeAsync(context, site, async visit =>
            await MadeAsync(context, visit, keys, policy, options, time, await keys.RotateAsync(visit.Person, id, visit.Person.Key(), TimeSpan.FromHours(24), context.RequestAborted, visit.Caller))));
        group.MapPost("/keys/{id}/revoke", (HttpContext context, string id, Visits visits, ApiKeys keys) => visits.ChangeAsync(context, site, async visit =>
            (await keys.RevokeAsync(visit.Person, id, visit.Person.Key(), visit.Fields.Text("reason") ?? "Ended by its owner.", context.RequestAborted)).Fault is { } fault
                ? Visits.Problem(context, site, "The key was not ended", fault.Detail, fault.Status)
                : Results.Redirect(site.Root + "/keys?done=ended")));
    }

    /// <summary>Nothing marked leaves all, as in the API; what contradicts itself is passed on as what no key can be made of.</summary>
    private static KeyDraft DraftOf(Fields fields)
    {
        string[] models = [.. fields.All("models").SelectMany(static written => written.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))];
        var (categories, none) = (fields.All("category"), fields.All("no_category").Count > 0);
        return new KeyDraft(
            fields.Text("name"),
            fields.Number("days"),
            Scope: fields.Text("scope"),
            Models: models.Length == 0 ? null : models,
            Categories: none ? [.. categories.Select(static _ => "")] : categories.Count == 0 ? null : [.. categories]);
    }

    private static Task<IResult> MadeAsync(
        HttpContext context, Visit visit, ApiKeys keys, IPolicySource policy, IOptions<AccessOptions> options, TimeProvider time, AccessResult<NewKey> made) =>
        ShownAsync(context, visit with { Fault = made.Fault }, keys, policy, options, time, made.Value?.Key);

    private static async Task<IResult> ShownAsync(
        HttpContext context, Visit visit, ApiKeys keys, IPolicySource policy, IOptions<AccessOptions> options, TimeProvider time, string? made)
    {
        var listed = await keys.OfAsync(visit.Person.Key(), PortalPages.After(context), PortalPages.PageLength, context.RequestAborted);
        return Visits.Page<KeysPage>(context, visit, new KeysPage.View(
            new Listed<ApiKey>(listed, PortalPages.PageLength), PortalPages.Openable(policy), options.Value.KeyDays, made, time.GetUtcNow()));
    }
}
