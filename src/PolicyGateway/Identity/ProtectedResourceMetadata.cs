using System.Text.Json.Nodes;
using Microsoft.Extensions.Options;

namespace PolicyGateway.Identity;

/// <summary>RFC 9728: tells a client which issuers to ask for a token, and what opens each category.</summary>
internal static class ProtectedResourceMetadata
{
    public const string Path = "/.well-known/oauth-protected-resource";

    public static string Address(Uri publicUrl) => Resource(publicUrl) + Path;

    /// <summary>Every address comes from <paramref name="publicUrl"/>, none from the request.</summary>
    /// <param name="endpoints">Where to map it.</param>
    /// <param name="publicUrl"><c>Gateway:PublicUrl</c>.</param>
    /// <param name="categories">The member <c>policygateway_categories</c>, asked for on each request so that a reload shows; null leaves it out.</param>
    public static IEndpointConventionBuilder MapProtectedResourceMetadata(
        this IEndpointRouteBuilder endpoints,
        Uri publicUrl,
        Func<JsonNode?>? categories = null)
    {
        var options = endpoints.ServiceProvider.GetRequiredService<IOptions<IdentityOptions>>().Value;
        return endpoints.MapGet(Path, (HttpResponse response) =>
        {
            response.Headers.CacheControl = "public, max-age=60";
            return TypedResults.Json(Describe(options, publicUrl, categories?.Invoke()));
        }).AllowAnonymous();
    }

    public static JsonObject Describe(IdentityOptions options, Uri publicUrl, JsonNode? categories)
    {
        var metadata = new JsonObject
        {
            ["resource"] = Resource(publicUrl),
            ["bearer_methods_supported"] = new JsonArray("header"),
        };

        // RFC 9728, 2: a member without elements is left out. A development issuer is nobody to ask for a token.
        Add(metadata, "authorization_servers", options.Issuers.Where(issuer => !issuer.Development).Select(issuer => issuer.Issuer));
        Add(metadata, "scopes_supported", options.ScopesSupported);
        Add(metadata, "dpop_signing_alg_values_supported", options.Dpop.AcceptedAlgorithms());
        metadata["dpop_bound_access_tokens_required"] = false;
        Add(metadata, "authorization_details_types_supported", [options.AuthorizationDetailsType]);
        if (options.ClientCertificateHeader is not null)
        {
            metadata["tls_client_certificate_bound_access_tokens"] = true;
        }

        if (categories is not null)
        {
            metadata["policygateway_categories"] = categories.Parent is null ? categories : categories.DeepClone();
        }

        return metadata;
    }

    private static void Add(JsonObject metadata, string name, IEnumerable<string> values)
    {
        var array = new JsonArray([.. values.Select(value => (JsonNode)value)]);
        if (array.Count > 0)
        {
            metadata[name] = array;
        }
    }

    private static string Resource(Uri publicUrl) => publicUrl.AbsoluteUri.TrimEnd('/');
}
