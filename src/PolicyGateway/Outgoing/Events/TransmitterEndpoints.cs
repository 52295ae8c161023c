using System.Text.Json.Nodes;
using Microsoft.Extensions.Options;
using PolicyGateway.Hosting;
using PolicyGateway.Revocation;

namespace PolicyGateway.Outgoing.Events;

/// <summary>What receivers of our events read: who we are as a transmitter of Shared Signals, and our public keys. Both exist only with a receiver.</summary>
internal static class TransmitterEndpoints
{
    public const string MetadataPath = "/.well-known/ssf-configuration";
    public const string KeysPath = "/.well-known/policygateway-keys";

    /// <summary>The <c>iss</c> of our tokens: <c>Gateway:PublicUrl</c> without a slash at its end.</summary>
    public static string IssuerOf(Uri publicUrl) => publicUrl.AbsoluteUri.TrimEnd('/');

    public static void MapTransmitter(this IEndpointRouteBuilder endpoints)
    {
        var provider = endpoints.ServiceProvider;
        if (provider.GetRequiredService<IOptions<RevocationOptions>>().Value.Receivers.Count == 0)
        {
            return;
        }

        var issuer = IssuerOf(provider.GetRequiredService<IOptions<GatewayOptions>>().Value.PublicUrl!);
        Map(endpoints, MetadataPath, () => new JsonObject
        {
            ["spec_version"] = "1_0",
            ["issuer"] = issuer,
            ["jwks_uri"] = issuer + KeysPath,
            ["delivery_methods_supported"] = new JsonArray("urn:ietf:rfc:8935"),
            ["default_subjects"] = "ALL",
        });
        var keys = provider.GetRequiredService<EventKeys>();
        Map(endpoints, KeysPath, keys.Published);
    }

    private static void Map(IEndpointRouteBuilder endpoints, string path, Func<JsonObject> document) => endpoints.MapGet(path, (HttpResponse response) =>
    {
        response.Headers.CacheControl = "public, max-age=60";
        return TypedResults.Json(document());
    }).AllowAnonymous().ExcludeFromDescription();
}
