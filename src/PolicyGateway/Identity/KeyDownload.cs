using System.Text.Json;

namespace PolicyGateway.Identity;

/// <summary>Fetches an issuer's discovery document and its key set: bounded in size and time, no redirects, https but on loopback.</summary>
internal sealed class KeyDownload : IDisposable
{
    private const int LargestDocument = 1 << 20;
    private static readonly TimeSpan LongestFetch = TimeSpan.FromSeconds(5);

    private readonly HttpClient _client = BoundedHttp.New(LongestFetch, LargestDocument);

    /// <summary>Whether keys may be fetched from here.</summary>
    public static bool IsSafe(Uri address) =>
        address.IsAbsoluteUri && (address.Scheme == Uri.UriSchemeHttps || (address.Scheme == Uri.UriSchemeHttp && address.IsLoopback));

    public async Task<IssuerKeySet> GetAsync(Uri discoveryAddress, string issuer)
    {
        using var document = JsonDocument.Parse(await TextAsync(discoveryAddress).ConfigureAwait(false));

        // OpenID Connect Discovery 1.0, 4.3: the document's issuer must be the one that was asked for.
        if (Member(document, "issuer") != issuer)
        {
            throw new InvalidDataException("The discovery document speaks for another issuer than the configured one.");
        }

        if (!Uri.TryCreate(Member(document, "jwks_uri"), UriKind.Absolute, out var keys) || !IsSafe(keys))
        {
            throw new InvalidDataException("The discovery document names no https jwks_uri.");
        }

        return await GetKeySetAsync(keys).ConfigureAwait(false);
    }

    public async Task<IssuerKeySet> GetKeySetAsync(Uri address) => IssuerKeySet.Parse(await TextAsync(address).ConfigureAwait(false));

    public void Dispose() => _client.Dispose();

    private async Task<string> TextAsync(Uri address)
    {
        using var response = await _client.GetAsync(address).ConfigureAwait(false);
        response.EnsureSuccessStatusCode();
        return await response.Content.ReadAsStringAsync().ConfigureAwait(false);
    }

    private static string? Member(JsonDocument document, string name) =>
        document.RootElement.ValueKind == JsonValueKind.Object
        && document.RootElement.TryGetProperty(name, out var value)
        && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;
}
