using System.Text.Json;
using PolicyGateway.Identity;

namespace PolicyGateway.Cli.Login;

/// <summary>Who the gateway says gives tokens that count there (RFC 9728).</summary>
internal static class GatewayMetadata
{
    /// <summary>The one issuer.</summary>
    /// <exception cref="CommandFault">The gateway cannot be asked, or names none or several.</exception>
    public static async Task<string> IssuerAsync(HttpClient http, Uri gateway, CancellationToken cancellationToken)
    {
        var address = ProtectedResourceMetadata.Address(gateway);
        try
        {
            using var response = await http.GetAsync(new Uri(address), cancellationToken);
            using var metadata = JsonDocument.Parse(await response.EnsureSuccessStatusCode().Content.ReadAsStringAsync(cancellationToken));

            // RFC 9728, 3.3: what another resource says of itself must not count for this one.
            if (metadata.RootElement.GetProperty("resource").GetString()?.TrimEnd('/') != gateway.AbsoluteUri.TrimEnd('/'))
            {
                throw new CommandFault($"--url: {address} describes another address than {gateway}. Give the gateway's public address, or name the issuer with --issuer.");
            }

            string[] issuers = metadata.RootElement.TryGetProperty("authorization_servers", out var servers)
                ? [.. servers.EnumerateArray().Select(static server => server.GetString() ?? "")]
                : [];
            return issuers switch
            {
                [var only] => only,
                [] => throw new CommandFault($"--url: the gateway {gateway} names no issuer. Name one with --issuer."),
                _ => throw new CommandFault($"--url: the gateway {gateway} names several issuers. Choose one with --issuer: {PlainText.Of(string.Join(", ", issuers))}"),
            };
        }
        catch (Exception fault) when (fault is HttpRequestException or JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new CommandFault($"--url: {address} cannot be read: {fault.Message.TrimEnd('.')}. Is {gateway} the gateway's public address?", fault);
        }
    }
}
