using System.Diagnostics;
using Microsoft.AspNetCore.Http.Features;

namespace PolicyGateway.Telemetry;

/// <summary>
/// Names the server's span and tags it. .NET 10 starts that span but leaves it bare, and its switch for tags brings the
/// path and the Host header, which are the client's text.
/// </summary>
internal sealed class ServerSpanMiddleware(RequestDelegate next)
{
    public const string SourceName = "Microsoft.AspNetCore";

    private static readonly HashSet<string> Methods =
        new(["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"], StringComparer.Ordinal);

    public Task InvokeAsync(HttpContext context) =>
        context.Features.Get<IHttpActivityFeature>()?.Activity is { IsAllDataRequested: true } span
            ? TagAsync(context, span)
            : next(context);

    private async Task TagAsync(HttpContext context, Activity span)
    {
        try
        {
            await next(context);
        }
        catch (Exception exception)
        {
            span.SetTag("error.type", exception.GetType().FullName);
            span.SetStatus(ActivityStatusCode.Error);
            throw;
        }
        finally
        {
            Tag(context, span);
        }
    }

    private static void Tag(HttpContext context, Activity span)
    {
        var method = Methods.Contains(context.Request.Method) ? context.Request.Method : "_OTHER";
        span.SetTag("http.request.method", method);
        span.SetTag("url.scheme", context.Request.Scheme);
        span.SetTag("http.response.status_code", context.Response.StatusCode);
        var route = (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText;
        span.SetTag("http.route", route);

        // The convention: {method} {route}; HTTP stands for an unknown method.
        var verb = method == "_OTHER" ? "HTTP" : method;
        span.DisplayName = route is null ? verb : $"{verb} {route}";
        if (context.Response.StatusCode >= 500)
        {
            span.SetStatus(ActivityStatusCode.Error);
            if (span.GetTagItem("error.type") is null)
            {
                span.SetTag("error.type", context.Response.StatusCode.ToString(System.Globalization.CultureInfo.InvariantCulture));
            }
        }
    }
}
