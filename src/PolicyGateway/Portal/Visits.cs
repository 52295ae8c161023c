using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;
using PolicyGateway.Access;
using PolicyGateway.Audit;
using PolicyGateway.Identity;
using PolicyGateway.Portal.Pages;
using PolicyGateway.State;

namespace PolicyGateway.Portal;

/// <summary>
/// Reads who looks at a page and what he sends. The pages are a client of the gateway's like any other: whoever is logged in
/// counts for what his access token says at this moment, and not for what it said when he came.
/// </summary>
internal sealed class Visits(CallerReader callers, TokenRefresh refresh, ChangeLimit limit, IAntiforgery antiforgery, BreakGlass glass)
{
    public const string AccessToken = "access_token";

    /// <summary>Answers a page.</summary>
    public async Task<IResult> ShowAsync(HttpContext context, Site site, Func<Visit, Task<IResult>> answer) =>
        await ReadAsync(context, site) is { } visit
            ? await GuardedAsync(context, visit, answer)
            : Results.Redirect(site.LoginFor(context.Request.Path + context.Request.QueryString));

    /// <summary>Answers a form that changes something.</summary>
    public async Task<IResult> ChangeAsync(HttpContext context, Site site, Func<Visit, Task<IResult>> answer)
    {
        if (await FormAsync(context) is not { } form)
        {
            return Problem(context, site, "The form could not be read", "Go back, reload the page, and send it again.", StatusCodes.Status400BadRequest);
        }

        // Read after the form, which may have taken its time.
        if (await ReadAsync(context, site) is not { } visit)
        {
            return Problem(context, site, "You are not logged in any more", "Log in again. What you wrote was not sent on; your browser's way back still has it.", StatusCodes.Status401Unauthorized);
        }

        if (!await antiforgery.IsRequestValidAsync(context))
        {
            return Problem(context, site, "The form is too old, or from elsewhere", "Reload the page and send it again.", StatusCodes.Status400BadRequest);
        }

        if (AccessApi.CannotChange(visit.Caller) is { } fault)
        {
            return Problem(context, site, "This login changes nothing", fault.Detail, fault.Status);
        }

        visit = visit with { Fields = new Fields(form) };
        return limit.Allows(visit.Person) ? await GuardedAsync(context, visit, answer)
            : Problem(context, site, "Too much at once", "Wait a minute, and send it again.", StatusCodes.Status429TooManyRequests);
    }

    /// <summary>Answers a page for somebody who has one of the roles.</summary>
    public Task<IResult> ShowToAsync(HttpContext context, Site site, Role[] roles, Func<Visit, Task<IResult>> answer) =>
        ShowAsync(context, site, visit => visit.May(roles) ? answer(visit) : Task.FromResult(Closed(context, site, roles)));

    /// <summary>Answers a form for somebody who has one of the roles now, whatever he had when he got the form.</summary>
    public Task<IResult> ChangeAsAsync(HttpContext context, Site site, Role[] roles, Func<Visit, Task<IResult>> answer) =>
        ChangeAsync(context, site, visit => visit.May(roles) ? answer(visit) : Task.FromResult(Closed(context, site, roles)));

    private static IResult Closed(HttpContext context, Site site, Role[] roles) => Closed(context, site, AccessFault.Forbidden(
        $"It needs one of the roles {string.Join(", ", roles.Append(Role.Administrator).Distinct()).ToLowerInvariant()}, which your login does not carry."));

    /// <summary>Says that a page is for others.</summary>
    public static IResult Closed(HttpContext context, Site site, AccessFault fault) => Problem(context, site, "This is not open to you", fault.Detail, fault.Status);

    /// <summary>A page with what it shows.</summary>
    public static IResult Page<TPage>(HttpContext context, Visit visit, object? model = null)
        where TPage : IComponent
    {
        context.Features.Set(visit);
        return Page<TPage>(context, model, visit.Fault?.Status ?? StatusCodes.Status200OK);
    }

    /// <summary>A page for somebody who is not logged in.</summary>
    public static IResult Page<TPage>(HttpContext context, object? model, int status)
        where TPage : IComponent
    {
        context.Features.Set(new Shown(model));
        return new RazorComponentResult<TPage> { StatusCode = status };
    }

    public static IResult Problem(HttpContext context, Site site, string title, string detail, int status) =>
        Page<ProblemPage>(context, new ProblemPage.View(site, title, detail), status);

    private async Task<Visit?> ReadAsync(HttpContext context, Site site)
    {
        var session = await context.AuthenticateAsync(site.Session);
        if (session is not { Principal: { } principal }
            || await refresh.TokenOfAsync(context, site, session) is not { } token
            || (await callers.ReadAsync(token)).Caller is not { } caller
            || PersonRef.Of(caller) is not { } person || !AccessApi.IsPerson(caller)
            || person != new PersonRef(principal.FindFirst("iss")?.Value ?? "", principal.FindFirst("sub")?.Value ?? ""))
        {
            return null;
        }

        // What a form brings along is bound to who got the form.
        context.User = principal;
        return new Visit(site, context.Request.Path, caller, person, antiforgery.GetAndStoreTokens(context)) { MayOpenInEmergency = glass.CannotOpen(caller) is null };
    }

    private static async Task<IResult> GuardedAsync(HttpContext context, Visit visit, Func<Visit, Task<IResult>> answer)
    {
        try
        {
            return await answer(visit);
        }
        catch (Exception fault) when (fault is StateUnavailableException or AuditUnavailableException)
        {
            // What could not be kept, or not be recorded, did not happen; a revocation is in force all the same.
            return Problem(context, visit.Site, "It could not be kept or recorded", "Try again in a moment.", StatusCodes.Status503ServiceUnavailable);
        }
    }

    /// <summary>A form as it was sent, bounded in size and time; null where it is none.</summary>
    public static async Task<IFormCollection?> FormAsync(HttpContext context)
    {
        if (context.Request.ContentType?.StartsWith("application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase) != true)
        {
            return null;
        }

        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = AccessApi.LargestBody;
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        limit.CancelAfter(AccessApi.LongestRead);
        try
        {
            var form = await new FormFeature(context.Request, new FormOptions { ValueCountLimit = 200, KeyLengthLimit = 100, ValueLengthLimit = AccessApi.LargestBody }).ReadFormAsync(limit.Token);
            context.Features.Set<IFormFeature>(new FormFeature(form));
            return form;
        }
        catch (Exception fault) when (fault is InvalidDataException or BadHttpRequestException || (fault is OperationCanceledException && !context.RequestAborted.IsCancellationRequested))
        {
            return null;
        }
    }
}

/// <summary>What a page shows.</summary>
internal sealed record Shown(object? Model);
