namespace PolicyGateway.Forwarding;

/// <summary>The path of a request whose model stands in it and has another name at the backend.</summary>
internal sealed class UpstreamPath(HttpContext context, string model)
{
    /// <summary>The route's pattern with the backend's name for the model.</summary>
    public PathString Value { get; } = context.GetReverseProxyFeature().Route.Config.Match.Path!.Replace("{model}", model, StringComparison.Ordinal);
}
