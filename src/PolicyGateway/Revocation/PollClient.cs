using System.Net;
using System.Net.Http.Headers;
using System.Net.Mime;
using System.Text;
using System.Text.Json;
using PolicyGateway.Identity;

namespace PolicyGateway.Revocation;

/// <summary>What a poll brought: tokens under their <c>jti</c>.</summary>
internal sealed record Polled(IReadOnlyList<KeyValuePair<string, string>> Tokens, bool HasMore);

/// <summary>Speaks RFC 8936 with transmitters: bounded in size and time, no redirects.</summary>
internal sealed class PollClient : IDisposable
{
    public const int MostTokens = 100;

    private const int LargestAnswer = 8 * 1024 * 1024;

    /// <summary>A transmitter may hold a poll until something happens.</summary>
    private static readonly TimeSpan LongestPoll = TimeSpan.FromSeconds(60);

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    private readonly HttpClient _client = BoundedHttp.New(LongestPoll, LargestAnswer);

    /// <exception cref="InvalidDataException">The answer is not of the form.</exception>
    /// <exception cref="HttpRequestException">There was none.</exception>
    public async Task<Polled> PollAsync(
        Uri address, string? secret, IReadOnlyCollection<string> done, IReadOnlyDictionary<string, EventFault> refused, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, address)
        {
            Content = new StringContent(Body(done, refused), Encoding.UTF8, MediaTypeNames.Application.Json),
        };
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue(MediaTypeNames.Application.Json));
        if (secret is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", secret);
        }

        using var response = await _client.SendAsync(request, cancellationToken);
        return response.StatusCode == HttpStatusCode.OK
            ? Read(await response.Content.ReadAsByteArrayAsync(cancellationToken))
            : throw new HttpRequestException($"The answer was {(int)response.StatusCode}.");
    }

    public void Dispose() => _client.Dispose();

    private static string Body(IReadOnlyCollection<string> done, IReadOnlyDictionary<string, EventFault> refused) => JsonSerializer.Serialize(new
    {
        maxEvents = MostTokens,
        returnImmediately = false,
        ack = done,
        setErrs = refused.ToDictionary(static pair => pair.Key, static pair => new { err = pair.Value.Error, description = pair.Value.Description }),
    });

    private static Polled Read(byte[] answer)
    {
        try
        {
            using var document = JsonDocument.Parse(answer, Strict);
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("sets", out var sets) || sets.ValueKind != JsonValueKind.Object)
            {
                throw new InvalidDataException("The answer holds no 'sets'.");
            }

            // What is no text is no token, and refused as one.
            return new Polled(
                [.. sets.EnumerateObject().Take(MostTokens).Select(static set =>
                    KeyValuePair.Create(set.Name, set.Value.ValueKind == JsonValueKind.String ? set.Value.GetString()! : ""))],
                root.TryGetProperty("moreAvailable", out var more) && more.ValueKind == JsonValueKind.True);
        }
        catch (JsonException fault)
        {
            throw new InvalidDataException("The answer is no JSON, or names a member twice.", fault);
        }
    }
}
