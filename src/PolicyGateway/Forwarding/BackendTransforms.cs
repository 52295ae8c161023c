using System.Buffers;
using System.Diagnostics;
using System.Net.Http.Headers;
using Microsoft.Net.Http.Headers;
using PolicyGateway.Dialects;
using PolicyGateway.Release;
using Yarp.ReverseProxy.Transforms;
using Yarp.ReverseProxy.Transforms.Builder;

namespace PolicyGateway.Forwarding;

/// <summary>
/// What a backend gets to see of a request, and where the valve goes. Request headers and the query are allow-lists, which a
/// dialect adds to, and the backend's own credential is set last: the client's never reaches it.
/// </summary>
internal sealed class BackendTransforms(
    DialectTable dialects, IReadOnlyDictionary<string, BackendKey> keysByCluster, IReadOnlyDictionary<string, ClusterOptions> clusters, DistributedContextPropagator propagator) : ITransformProvider
{
    private const int LongestQueryValue = 64;

    private static readonly SearchValues<char> QueryCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");

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
        var dialect = dialects[context.Route.RouteId];
        context.AddRequestTransform(request => CopyAllowed(request, dialect));
        context.AddResponseTransform(InstallValve);
    }

    private ValueTask CopyAllowed(RequestTransformContext context, IDialect dialect)
    {
        var outgoing = context.ProxyRequest.Headers;
        outgoing.Clear();
        foreach (var (name, values) in context.HttpContext.Request.Headers)
        {
            if (Allowed.Contains(name, StringComparer.OrdinalIgnoreCase) || name.StartsWith(AllowedPrefix, StringComparison.OrdinalIgnoreCase)
                || dialect.ForwardedHeaders.Contains(name, StringComparer.OrdinalIgnoreCase))
            {
                outgoing.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
            }
        }

        context.Path = ModelPath.For(context.HttpContext) ?? context.Path;
        CopyAllowedQuery(context, dialect);
        propagator.Inject(Activity.Current, outgoing, static (carrier, name, value) => ((HttpRequestHeaders)carrier!).TryAddWithoutValidation(name, value));
        JudgedBody.Attach(context.HttpContext, context.ProxyRequest);
        var cluster = context.HttpContext.GetReverseProxyFeature().Cluster.Config.ClusterId;
        if (keysByCluster.TryGetValue(cluster, out var key))
        {
            outgoing.TryAddWithoutValidation(key.Header, key.Value);
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>A value that is no short plain word may be a text or a key, so it is dropped.</summary>
    private static void CopyAllowedQuery(RequestTransformContext context, IDialect dialect)
    {
        context.Query.Collection.Clear();
        foreach (var name in dialect.ForwardedQuery)
        {
            if (context.HttpContext.Request.Query.TryGetValue(name, out var values) && values is [{ Length: > 0 and <= LongestQueryValue } value]
                && !value.AsSpan().ContainsAnyExcept(QueryCharacters))
            {
                context.Query.Collection[name] = value;
            }
        }
    }

    private ValueTask InstallValve(ResponseTransformContext context)
    {
        if (context.ProxyResponse is { } response && context.HttpContext.Features.Get<UpstreamValve>() is { } valve)
        {
            context.SuppressResponseBody = context.HttpContext.Features.Get<Attempts>()?.GivesUp(response) == true;
            response.Content = valve.Wrap(response.Content);
            var cluster = context.HttpContext.GetReverseProxyFeature().Cluster.Config.ClusterId;
            context.HttpContext.Features.Get<AnswerSignals>()?.Hear(cluster, clusters[cluster].Signals, response.Headers);
        }

        return ValueTask.CompletedTask;
    }
}
