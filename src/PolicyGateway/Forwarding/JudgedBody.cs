using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;

namespace PolicyGateway.Forwarding;

/// <summary>
/// The bytes that were judged, on their way to the backend. The proxy is told that the request has no body to copy, and
/// these very bytes are sent in its place: in one write with the head, and again where another destination is tried.
/// </summary>
/// <param name="bytes">JSON in UTF-8, as the client sent it but for the model's name where its backend has another for it.</param>
internal sealed class JudgedBody(ReadOnlyMemory<byte> bytes) : IHttpRequestBodyDetectionFeature
{
    private static readonly HttpRequestOptionsKey<JudgedBody> Key = new(nameof(JudgedBody));

    public bool CanHaveBody => false;

    /// <summary>Takes the place of the client's body.</summary>
    public static void Set(HttpContext context, ReadOnlyMemory<byte> bytes) =>
        context.Features.Set<IHttpRequestBodyDetectionFeature>(new JudgedBody(bytes));

    /// <summary>Hands the body of a request to the message that is made of it.</summary>
    public static void Attach(HttpContext context, HttpRequestMessage message)
    {
        if (context.Features.Get<IHttpRequestBodyDetectionFeature>() is JudgedBody body)
        {
            message.Options.Set(Key, body);
        }
    }

    private ReadOnlyMemoryContent ToContent()
    {
        var content = new ReadOnlyMemoryContent(bytes);
        content.Headers.TryAddWithoutValidation(HeaderNames.ContentType, "application/json");
        return content;
    }

    /// <summary>Puts the body into the message, before the wire.</summary>
    internal sealed class Filler(HttpMessageHandler inner) : DelegatingHandler(inner)
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (request.Options.TryGetValue(Key, out var body))
            {
                request.Content = body.ToContent();
            }

            return base.SendAsync(request, cancellationToken);
        }
    }
}
