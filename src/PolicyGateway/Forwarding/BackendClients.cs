using Microsoft.Extensions.Options;
using Yarp.ReverseProxy.Forwarder;

namespace PolicyGateway.Forwarding;

/// <summary>Makes the HTTP client of each cluster: how a connection to a backend behaves, and what it sends as body.</summary>
internal sealed class BackendClients(IOptions<BackendOptions> options, TimeProvider time) : ForwarderHttpClientFactory
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
        new JudgedBody.Filler(new ResponseDeadline(
            base.WrapHandler(context, handler), options.Value.Clusters[context.ClusterId].ResponseTimeout, time));
}
