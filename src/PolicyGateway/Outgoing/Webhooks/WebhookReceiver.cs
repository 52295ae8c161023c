using System.Net;
using System.Net.Http.Headers;
using System.Net.Mime;
using System.Text;
using PolicyGateway.Configuration;
using PolicyGateway.State;

namespace PolicyGateway.Outgoing.Webhooks;

/// <summary>Tells one configured address, by the Standard Webhooks convention.</summary>
internal sealed class WebhookReceiver(WebhookReceiverOptions options, WebhookBody body) : IReceiver
{
    private readonly byte[] _key = WebhookSignature.KeyOf(Secrets.Read(options.SecretEnvironment, options.SecretFile) ?? "")
        ?? throw new InvalidOperationException("The options were not validated.");

    public string Key { get; } = "webhook:" + options.Name;

    /// <summary>No: one message that a receiver stumbles over holds up no other.</summary>
    public bool IsOrdered => false;

    public string? Write(Happening happening, string id, DateTimeOffset now) =>
        !happening.IsOfOtherLogin && options.Wants(happening.Type) ? body.Write(happening, Key, options.IncludePersons, now) : null;

    public HttpRequestMessage Send(Stored<OutgoingMessage> message, DateTimeOffset now)
    {
        var content = new ByteArrayContent(Encoding.UTF8.GetBytes(message.Value.Body));
        content.Headers.ContentType = new MediaTypeHeaderValue(MediaTypeNames.Application.Json);
        var request = new HttpRequestMessage(HttpMethod.Post, options.Url) { Content = content };
        WebhookSignature.Sign(request, _key, message.Id, now, message.Value.Body);
        return request;
    }

    public Task<DeliveryResult> ReadAsync(HttpResponseMessage answer, CancellationToken cancellationToken) => Task.FromResult(answer switch
    {
        { IsSuccessStatusCode: true } => DeliveryResult.Delivered,
        { StatusCode: HttpStatusCode.Gone } => new DeliveryResult(DeliveryOutcome.Refused, "gone"),
        _ => DeliveryResult.Failed(answer),
    });
}
