using System.Buffers.Text;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.Extensions.Options;
using PolicyGateway.Identity;

namespace PolicyGateway.Revocation;

/// <summary>A status list as it was fetched.</summary>
/// <param name="List">The statuses.</param>
/// <param name="IssuedAt">When its issuer made it.</param>
/// <param name="TimeToLive">How long it may be kept.</param>
/// <param name="ExpiresAt">When it ends, whenever it was fetched; null where it does not say.</param>
internal sealed record FetchedStatusList(StatusList List, DateTimeOffset IssuedAt, TimeSpan TimeToLive, DateTimeOffset? ExpiresAt);

/// <summary>
/// Fetches and verifies status lists (draft-ietf-oauth-status-list): bounded in size and time, no redirects, signed by the
/// issuer of the tokens and for the very address that they name.
/// </summary>
internal sealed class StatusListDownload(IOptions<IdentityOptions> options, TimeProvider time) : IDisposable
{
    public static readonly TimeSpan LongestFetch = TimeSpan.FromSeconds(3);

    private const string Type = "statuslist+jwt";

    // Twice base64, so about twice the packed list.
    private const int LargestDocument = 2 * StatusList.MostBytes;

    /// <summary>What a list without a <c>ttl</c> is kept for.</summary>
    private static readonly TimeSpan UsualTimeToLive = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan LongestTimeToLive = TimeSpan.FromDays(1);

    private readonly HttpClient _client = BoundedHttp.New(LongestFetch, LargestDocument);

    /// <exception cref="InvalidDataException">What is there is no list that counts.</exception>
    /// <exception cref="HttpRequestException">It could not be fetched.</exception>
    public async Task<FetchedStatusList> GetAsync(TokenIssuer issuer, string uri)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, uri) { Headers = { Accept = { new MediaTypeWithQualityHeaderValue("application/" + Type) } } };
        using var response = await _client.SendAsync(request).ConfigureAwait(false);
        if (response.StatusCode != HttpStatusCode.OK)
        {
            throw new HttpRequestException($"The answer was {(int)response.StatusCode}.");
        }

        return await ReadAsync(await response.Content.ReadAsStringAsync().ConfigureAwait(false), issuer, uri).ConfigureAwait(false);
    }

    public void Dispose() => _client.Dispose();

    private async Task<FetchedStatusList> ReadAsync(string text, TokenIssuer issuer, string uri)
    {
        var document = SignedDocument.Parse(text.Trim()) ?? throw new InvalidDataException("The status list is no signed JSON object.");
        if (await document.VerifyAsync(issuer.Keys, issuer.Algorithms, Type).ConfigureAwait(false) is not SignatureFault.None and var fault)
        {
            throw new InvalidDataException($"The status list is not signed by the tokens' issuer as {Type}: {fault}.");
        }

        if (document.Text("sub") != uri || (document.Payload.TryGetProperty("iss", out _) && document.Text("iss") != issuer.Options.Issuer))
        {
            throw new InvalidDataException("The status list is another one, or another issuer's: see its sub and iss.");
        }

        var (now, skew) = (time.GetUtcNow(), options.Value.ClockSkew);
        if (document.Time("iat") is not { } issuedAt || issuedAt > now + skew)
        {
            throw new InvalidDataException("The status list has no iat, or one that lies ahead.");
        }

        var expiresAt = document.Time("exp");
        if (expiresAt is null ? document.Payload.TryGetProperty("exp", out _) : expiresAt <= now - skew)
        {
            throw new InvalidDataException("The status list has expired.");
        }

        return new FetchedStatusList(Unpack(document.Payload), issuedAt, TimeToLive(document.Payload), expiresAt);
    }

    private static TimeSpan TimeToLive(JsonElement payload)
    {
        if (!payload.TryGetProperty("ttl", out var ttl))
        {
            return UsualTimeToLive;
        }

        // Below a second it would be fetched without end.
        return ttl.ValueKind == JsonValueKind.Number && ttl.TryGetDouble(out var seconds) && seconds >= 1
            ? TimeSpan.FromSeconds(Math.Min(seconds, LongestTimeToLive.TotalSeconds))
            : throw new InvalidDataException("The status list has a 'ttl' that is no number of seconds from 1 on.");
    }

    private static StatusList Unpack(JsonElement payload)
    {
        if (!payload.TryGetProperty("status_list", out var list)
            || list.ValueKind != JsonValueKind.Object
            || SignedDocument.Text(list, "lst") is not { } packed
            || !list.TryGetProperty("bits", out var bits)
            || bits.ValueKind != JsonValueKind.Number
            || !bits.TryGetInt32(out var perStatus))
        {
            throw new InvalidDataException("The status list has no status_list with 'bits' and 'lst'.");
        }

        return Base64Url.IsValid(packed)
            ? StatusList.Unpack(Base64Url.DecodeFromChars(packed), perStatus)
            : throw new InvalidDataException("The status list has an 'lst' that is no base64url.");
    }
}
