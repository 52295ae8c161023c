using Microsoft.Net.Http.Headers;
using Yarp.ReverseProxy.Forwarder;

namespace PolicyGateway.Cli.Login;

/// <summary>A request as it goes to the gateway: as the SDK made it, but for who it says that he is.</summary>
internal sealed class RelayTransformer(StepUpNotice notice) : HttpTransformer
{
    private static readonly object TokenItem = new();
    private static readonly object BodyItem = new();

    private static readonly string[] Dropped =
        [.. RelayDoor.KeyHeaders, "x-auth-token", "DPoP", HeaderNames.ProxyAuthorization, HeaderNames.Cookie, HeaderNames.Host];

    public static void Give(HttpContext context, FreshToken token, byte[]? body) =>
        (context.Items[TokenItem], context.Items[BodyItem]) = (token, body);

    public override async ValueTask TransformRequestAsync(HttpContext httpContext, HttpRequestMessage proxyRequest, string destinationPrefix, CancellationToken cancellationToken)
    {
        await base.TransformRequestAsync(httpContext, proxyRequest, destinationPrefix, cancellationToken);
        foreach (var name in Dropped)
        {
            proxyRequest.Headers.Remove(name);
        }

        proxyRequest.Options.Set(ProvingHandler.Token, (FreshToken)httpContext.Items[TokenItem]!);
        if (proxyRequest.Content is not null && httpContext.Items[BodyItem] is byte[] body)
        {
            proxyRequest.Options.Set(ProvingHandler.Body, body);
        }
    }

    public override ValueTask<bool> TransformResponseAsync(HttpContext httpContext, HttpResponseMessage? proxyResponse, CancellationToken cancellationToken)
    {
        if (proxyResponse?.StatusCode == System.Net.HttpStatusCode.Unauthorized
            && proxyResponse.Headers.NonValidated.TryGetValues(HeaderNames.WWWAuthenticate, out var challenges))
        {
            notice.Look(challenges, ((FreshToken)httpContext.Items[TokenItem]!).Login);
        }

        return base.TransformResponseAsync(httpContext, proxyResponse, cancellationToken);
    }
}
