using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;
using Yarp.ReverseProxy.Forwarder;

namespace PolicyGateway.Forwarding;

/// <summary>
/// The bytes that were judged, on their way to the backend. The proxy is told that the request has no body to copy, and
/// these very bytes are sent in its place: in one write with the head, and again where another destination is tried.
/// </summary>
/// <param name="bytes">JSON in UTF-8, as the client sent it.</param>
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

    /// <summary>Makes the clients of all clusters, each with <see cref="JudgedBody"/> filled in before the wire.</summary>
    internal sealed class ClientFactory : ForwarderHttpClientFactory
    {
        protected override void ConfigureHandler(ForwarderHttpClientContext context, SocketsHttpHandler handler)
        {
            base.ConfigureHandler(context, handler);

            // The call of the backend has its span already, and the transforms send its id on: the handler would make a second one,
            // for requests that are not traced, too.
            handler.ActivityHeadersPropagator = null;

            // A refused backend is dropped at once instead of being read to its end.
            handler.ResponseDrainTimeout = TimeSpan.FromMilliseconds(50);
            handler.MaxResponseDrainSize = 0;
            handler.AllowAutoRedirect = false;
            handler.UseCookies = false;
            handler.ConnectTimeout = TimeSpan.FromSeconds(10);
            handler.MaxResponseHeadersLength = 32;
        }

        protected override HttpMessageHandler WrapHandler(ForwarderHttpClientContext context, HttpMessageHandler handler) =>
            new Filler(base.WrapHandler(context, handler));
    }

    private sealed class Filler(HttpMessageHandler inner) : DelegatingHandler(inner)
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
