namespace PolicyGateway.Forwarding;

/// <summary>The path of a protocol that names the model in it: the backend gets the route's own path, with its name for the model.</summary>
internal static class ModelPath
{
    private const string Parameter = "model";

    /// <summary>Whether the model stands in the path.</summary>
    public static bool IsIn(HttpContext context) => context.Request.RouteValues.ContainsKey(Parameter);

    /// <summary>The path for the backend; null where the client's own is right.</summary>
    public static PathString? For(HttpContext context)
    {
        if (!IsIn(context) || context.Features.Get<ServedModel>() is not { } model)
        {
            return null;
        }

        // A name with a slash stays one segment.
        var name = model.Upstream.Replace("/", "%2F", StringComparison.Ordinal);
        return context.GetReverseProxyFeature().Route.Config.Match.Path!.Replace($"{{{Parameter}}}", name, StringComparison.Ordinal);
    }
}
