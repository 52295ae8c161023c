using System.Diagnostics;
using System.Net.Http.Headers;
using Microsoft.Net.Http.Headers;
using PolicyGateway.Release;
using Yarp.ReverseProxy.Transforms;
using Yarp.ReverseProxy.Transforms.Builder;

namespace PolicyGateway.Forwarding;

/// <summary>
/// What a backend gets to see of a request, and where the valve goes. Request headers are an allow-list, the query is
/// dropped, and the backend's own credential is set last: the client's never reaches it.
/// </summary>
internal sealed class BackendTransforms(IReadOnlyDictionary<string, string> keysByCluster, DistributedContextPropagator propagator) : ITransformProvider
{
    private static readonly string[] Allowed =
        [HeaderNames.Accept, HeaderNames.UserAgent, "openai-beta", "x-request-id"];

    private const string AllowedPrefix = "x-stainless-";

    public void ValidateRoute(TransformRouteValidationContext context)
    {
    }

    public void ValidateCluster(TransformClusterValidationContext context)
    {
    }

    public void Apply(TransformBuilderContext context)
    {
        context.CopyRequestHeaders = false;
        context.UseDefaultForwarders = false;
        context.CopyResponseTrailers = false;
        context.AddRequestTransform(CopyAllowedHeaders);
        context.AddResponseTransform(InstallValve);
    }

    private ValueTask CopyAllowedHeaders(RequestTransformContext context)
    {
        var outgoing = context.ProxyRequest.Headers;
        outgoing.Clear();
        foreach (var (name, values) in context.HttpContext.Request.Headers)
        {
            if (Allowed.Contains(name, StringComparer.OrdinalIgnoreCase) || name.StartsWith(AllowedPrefix, StringComparison.OrdinalIgnoreCase))
            {
                outgoing.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
            }
        }

        context.Path = ModelPath.For(context.HttpContext) ?? context.Path;
        context.Query.Collection.Clear();
        propagator.Inject(Activity.Current, outgoing, static (carrier, name, value) => ((HttpRequestHeaders)carrier!).TryAddWithoutValidation(name, value));
        JudgedBody.Attach(context.HttpContext, context.ProxyRequest);
        var cluster = context.HttpContext.GetReverseProxyFeature().Cluster.Config.ClusterId;
        if (keysByCluster.TryGetValue(cluster, out var key))
        {
            outgoing.TryAddWithoutValidation(HeaderNames.Authorization, $"Bearer {key}");
        }

        return ValueTask.CompletedTask;
    }

    private static ValueTask InstallValve(ResponseTransformContext context)
    {
        if (context.ProxyResponse is { } response && context.HttpContext.Features.Get<UpstreamValve>() is { } valve)
        {
            context.SuppressResponseBody = context.HttpContext.Features.Get<Attempts>()?.GivesUp(response) == true;
            response.Content = valve.Wrap(response.Content);
        }

        return ValueTask.CompletedTask;
    }
}
