using System.Collections.Frozen;
using System.Net.Mime;
using System.Text;
using Microsoft.AspNetCore.Routing.Template;
using Microsoft.Net.Http.Headers;

namespace PolicyGateway.Access;

/// <summary>A problem as it is told (RFC 9457).</summary>
/// <param name="Type">An address that says what is meant; its last part is the code.</param>
/// <param name="Title">The code in words.</param>
/// <param name="Status">The HTTP status.</param>
/// <param name="Detail">What to mend, this time.</param>
internal sealed record ProblemView(Uri Type, string Title, int Status, string Detail);

/// <summary>Every code that a problem may have, at the address that its type names; and problems of what no endpoint answers.</summary>
internal static class Problems
{
    private const string Path = "/problems/";

    private static readonly FrozenDictionary<string, string> Codes = new Dictionary<string, string>
    {
        ["authentication_required"] = "An access token is needed.",
        ["conflict"] = "It was changed meanwhile, or what it is now does not allow this. Look at it again.",
        ["forbidden"] = "Whoever asks may not do this: a role is missing, it would be for himself, or the credential is not a person's own.",
        ["idempotency_key_reused"] = "The Idempotency-Key came with another request before. Take a new one.",
        ["invalid_body"] = "The body could not be read, or is too large.",
        ["invalid_dpop_proof"] = "The DPoP proof does not count. Its detail says why; make another.",
        ["invalid_idempotency_key"] = "The Idempotency-Key is doubled, empty, too long or of other characters than printable ones.",
        ["invalid_json"] = "The body is no JSON, or has members, types or doubles that the endpoint does not take.",
        ["invalid_query"] = "The query has a parameter that the endpoint does not take, has one twice, lacks one or has one of another form.",
        ["invalid_request"] = "A value of the request, or its credential, is not what it should be. The detail names it.",
        ["invalid_token"] = "The access token does not count here, or does not count any more.",
        ["method_not_allowed"] = "The path exists, with the methods of the header Allow.",
        ["not_found"] = "There is no such thing, or it is somebody else's; the two are answered alike.",
        ["precondition_failed"] = "It is not what If-Match says any more. Look at it again.",
        ["request_in_progress"] = "The first request with this Idempotency-Key has no answer yet. Try again.",
        ["request_timeout"] = "The body took too long to come.",
        ["temporarily_unavailable"] = "The credential cannot be judged now. Try again.",
        ["told_once"] = "It was made, and what it answered is told once and kept nowhere.",
        ["too_many_requests"] = "There were too many changes in a minute, or there are as many open as there may be.",
        ["unavailable"] = "It could not be read, kept or recorded, so it did not happen; what takes away is in force all the same. Try again.",
        ["unsupported_media_type"] = "The body is JSON, as application/json.",
        ["use_dpop_nonce"] = "Make the DPoP proof with the nonce of the DPoP-Nonce header.",
    }.ToFrozenDictionary();

    public static Uri TypeOf(Uri publicUrl, string code) => new(publicUrl, Path + code);

    /// <summary>The pages of the types, on the public address.</summary>
    public static void MapProblems(this IEndpointRouteBuilder endpoints) => endpoints.MapGet(Path + "{code}", static (HttpContext context, string code) =>
    {
        context.Response.Headers.XContentTypeOptions = "nosniff";
        return Codes.TryGetValue(code, out var meaning)
            ? Results.Text($"{code}\n\n{meaning}\n", MediaTypeNames.Text.Plain, Encoding.UTF8)
            : Results.Text("There is no such problem.\n", MediaTypeNames.Text.Plain, Encoding.UTF8, StatusCodes.Status404NotFound);
    }).AllowAnonymous().ExcludeFromDescription();

    /// <summary>Answers for paths of a group that are none, and for methods that a path does not take.</summary>
    public static void MapUnknown(this RouteGroupBuilder group) => group.MapFallback("{**path}", static (HttpContext context, AccessApi api, EndpointDataSource endpoints) =>
    {
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers.XContentTypeOptions = "nosniff";
        if (MethodsOf(endpoints, context.Request.Path) is not { Length: > 0 } methods)
        {
            return api.Problem(AccessFault.NotFound("endpoint"));
        }

        context.Response.Headers[HeaderNames.Allow] = string.Join(", ", methods);
        return api.Problem(new AccessFault(StatusCodes.Status405MethodNotAllowed, "method_not_allowed", $"This path takes {string.Join(", ", methods)}."));
    }).AllowAnonymous().ExcludeFromDescription();

    private static string[] MethodsOf(EndpointDataSource endpoints, PathString path) => [.. endpoints.Endpoints.OfType<RouteEndpoint>()
        .Where(endpoint => new TemplateMatcher(new RouteTemplate(endpoint.RoutePattern), []).TryMatch(path, []))
        .SelectMany(static endpoint => endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? [])
        .Distinct()
        .Order(StringComparer.Ordinal)];
}
