using System.Text;
using Microsoft.Net.Http.Headers;
using PolicyGateway.Identity;

namespace PolicyGateway.Policy;

/// <summary>
/// The public requirements, <c>/requirements</c> and <c>/requirements.json</c>: whoever is refused, and whoever wonders
/// beforehand, can read what opens a category. The one place in this folder that knows HTTP.
/// </summary>
internal static class RequirementsEndpoint
{
    public const string PagePath = "/requirements";
    public const string JsonPath = "/requirements.json";

    // A change of policy may take a minute to show; the page is the same for everyone.
    private const string Cache = "public, max-age=60";

    public static IEndpointRouteBuilder MapRequirements(this IEndpointRouteBuilder endpoints, Vouchers vouchers, Uri? verificationUri, Uri? appealUri)
    {
        endpoints.MapGet(PagePath, (HttpContext context, IPolicySource source) =>
        {
            Harden(context);
            return Results.Text(
                RequirementsPage.Render(source.Current, vouchers, verificationUri, appealUri), "text/html; charset=utf-8", Encoding.UTF8);
        }).AllowAnonymous();

        endpoints.MapGet(JsonPath, (HttpContext context, IPolicySource source) =>
        {
            Harden(context);
            return Results.Text(
                RequirementsDocument.Create(source.Current, vouchers, verificationUri, appealUri).ToJsonString(), "application/json", Encoding.UTF8);
        }).AllowAnonymous();

        return endpoints;
    }

    private static void Harden(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers[HeaderNames.CacheControl] = Cache;
        headers[HeaderNames.ContentSecurityPolicy] = RequirementsPage.ContentSecurityPolicy;
        headers[HeaderNames.XContentTypeOptions] = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
    }
}
