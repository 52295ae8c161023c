using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;
using PolicyGateway.Policy;
using PolicyGateway.Portal.Pages;

namespace PolicyGateway.Portal;

/// <summary>The way in and out, the same for both sites.</summary>
internal static class LoginEndpoints
{
    public static void MapLogin(this RouteGroupBuilder group, Site site)
    {
        group.MapGet("/login", async (HttpContext context, Sites sites, Logins logins, IPolicySource policy, IAntiforgery antiforgery) =>
        {
            var (returnTo, acr) = (One(context, "return"), AcrOf(One(context, "acr_values"), policy.Current));
            return sites.TakesTokens
                ? Visits.Page<LoginPage>(context, ViewOf(context, site, sites, antiforgery, returnTo, false), StatusCodes.Status200OK)
                : await logins.ChallengeAsync(context, site, returnTo, acr);
        });
        group.MapGet("/login/provider", async (HttpContext context, Sites sites, Logins logins, IPolicySource policy) => sites.HasProvider
            ? await logins.ChallengeAsync(context, site, One(context, "return"), AcrOf(One(context, "acr_values"), policy.Current))
            : Results.NotFound());
        group.MapGet("/signed-in", async (HttpContext context, Sites sites, Logins logins, IAuthenticationHandlerProvider handlers) =>
        {
            if (sites.HasProvider && !await logins.IsReachableAsync(context, site))
            {
                return Logins.Unreachable(context, site);
            }

            // The framework's own middleware would stand before every request of inference, too.
            if (sites.HasProvider && await handlers.GetHandlerAsync(context, site.Login) is IAuthenticationRequestHandler handler && await handler.HandleRequestAsync())
            {
                return Results.Empty;
            }

            return Results.Redirect(site.Root + "/login-failed");
        });
        group.MapGet("/login-failed", (HttpContext context) => Visits.Problem(
            context, site, "You could not be logged in",
            "The provider did not log you in, or what it sent does not count here. Try again; if it stays like this, tell the operator the time: the gateway's log says why.",
            StatusCodes.Status403Forbidden));
        group.MapGet(OidcLogin.UnreachablePath, (HttpContext context) => Logins.Unreachable(context, site));
        group.MapPost("/login", (HttpContext context, Sites sites, Logins logins, IAntiforgery antiforgery) => LogInByTokenAsync(context, site, sites, logins, antiforgery));
        group.MapPost("/logout", (HttpContext context, Visits visits, Logins logins) =>
            visits.ChangeAsync(context, site, _ => logins.LogOutAsync(context, site)));
        group.MapGet("/signed-out", (HttpContext context) => Visits.Page<SignedOutPage>(context, site, StatusCodes.Status200OK));
        group.MapGet("/site.css", Stylesheet.Answer);
    }

    public static void MapBackChannelLogout(this RouteGroupBuilder group) =>
        group.MapPost("/backchannel-logout", async (HttpContext context, BackChannelLogout logout) =>
            await Visits.FormAsync(context) is { } form && await logout.TakeAsync(form["logout_token"] is [{ } token] ? token : null, context.RequestAborted)
                ? Results.Ok()
                : Results.BadRequest(new { error = "invalid_request" }));

    private static async Task<IResult> LogInByTokenAsync(HttpContext context, Site site, Sites sites, Logins logins, IAntiforgery antiforgery)
    {
        if (!sites.TakesTokens || await Visits.FormAsync(context) is not { } form || !await antiforgery.IsRequestValidAsync(context))
        {
            return Visits.Problem(context, site, "The form is too old, or from elsewhere", "Reload the page and send it again.", StatusCodes.Status400BadRequest);
        }

        var fields = new Fields(form);
        return await logins.LogInAsync(context, site, fields.Text("token") ?? "") is null
            ? Results.Redirect(site.Local(fields.Text("return")))
            : Visits.Page<LoginPage>(context, ViewOf(context, site, sites, antiforgery, fields.Text("return"), true), StatusCodes.Status401Unauthorized);
    }

    private static LoginPage.View ViewOf(HttpContext context, Site site, Sites sites, IAntiforgery antiforgery, string? returnTo, bool wasRefused) =>
        new(site, antiforgery.GetAndStoreTokens(context), site.Local(returnTo), sites.HasProvider, wasRefused);

    /// <summary>Only what the policy asks for: whoever sends somebody here chooses no other way to log in.</summary>
    private static string? AcrOf(string? values, PolicySnapshot policy)
    {
        var known = policy.Categories.SelectMany(static category => category.Requires.Value?.AcrValues ?? []).ToHashSet(StringComparer.Ordinal);
        var wanted = (values ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries).Where(known.Contains).Distinct().ToArray();
        return wanted.Length == 0 ? null : string.Join(' ', wanted);
    }

    internal static string? One(HttpContext context, string name) => context.Request.Query[name] is [{ Length: > 0 and < 1_000 } value] ? value : null;
}
