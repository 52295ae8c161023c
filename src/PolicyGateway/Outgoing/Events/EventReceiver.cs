using System.Collections.Frozen;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Mime;
using System.Text;
using System.Text.Json;
using PolicyGateway.Configuration;
using PolicyGateway.State;

namespace PolicyGateway.Outgoing.Events;

/// <summary>Pushes security event tokens to one receiver (RFC 8935), one after the other.</summary>
internal sealed class EventReceiver(EventReceiverOptions options, EventKeys keys, string issuer) : IReceiver
{
    private const int LargestAnswer = 8 * 1024;

    // What is wrong with one event, and stays so.
    private static readonly FrozenSet<string> OfTheEvent = FrozenSet.Create(StringComparer.Ordinal, "invalid_request", "access_denied");

    // What is wrong between us and the receiver, and is mended by somebody's settings: the event is worth keeping until then.
    private static readonly FrozenSet<string> OfTheSettings = FrozenSet.Create(StringComparer.Ordinal, "invalid_key", "invalid_issuer", "invalid_audience", "authentication_failed");

    private readonly string? _secret = Secrets.Read(options.BearerSecretEnvironment, options.BearerSecretFile);

    public string Key { get; } = "event:" + options.Name;

    public bool IsOrdered => true;

    public string? Write(Happening happening, string id, DateTimeOffset now) =>
        SecurityEventBody.Of(happening, now) is { } what && (options.Events.Count == 0 || options.Events.Contains(what.Name))
            ? SecurityEventBody.Write(what, issuer, options.Audience, id, now)
            : null;

    /// <summary>Signed as it is sent, so that what waited over a change of keys is signed with the new one.</summary>
    public HttpRequestMessage Send(Stored<OutgoingMessage> message, DateTimeOffset now)
    {
        var content = new ByteArrayContent(Encoding.ASCII.GetBytes(keys.Sign(message.Value.Body)));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/secevent+jwt");
        var request = new HttpRequestMessage(HttpMethod.Post, options.PushUrl) { Content = content };
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue(MediaTypeNames.Application.Json));
        if (_secret is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _secret);
        }

        return request;
    }

    public async Task<DeliveryResult> ReadAsync(HttpResponseMessage answer, CancellationToken cancellationToken) => answer.StatusCode switch
    {
        HttpStatusCode.Accepted => DeliveryResult.Delivered,
        HttpStatusCode.BadRequest when await ErrorAsync(answer, cancellationToken) is { } error => OfTheSettings.Contains(error)
            ? new DeliveryResult(DeliveryOutcome.Failed, error)
            : new DeliveryResult(DeliveryOutcome.Refused, OfTheEvent.Contains(error) ? error : "other_error"),
        _ => DeliveryResult.Failed(answer),
    };

    /// <summary>The error code (RFC 8935, 2.3); null where the answer is of another form, and says nothing of the event.</summary>
    private static async Task<string?> ErrorAsync(HttpResponseMessage answer, CancellationToken cancellationToken)
    {
        var buffer = new byte[LargestAnswer];
        await using var body = await answer.Content.ReadAsStreamAsync(cancellationToken);
        var length = await body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
        try
        {
            using var document = JsonDocument.Parse(buffer.AsMemory(0, length));
            return document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("err", out var error) && error.ValueKind == JsonValueKind.String
                ? error.GetString()
                : null;
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}
