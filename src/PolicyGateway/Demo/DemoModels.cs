namespace PolicyGateway.Demo;

/// <summary>The models that the demo backend offers. They all speak from the same script.</summary>
internal static class DemoModels
{
    public const string Default = "demo";

    /// <summary>
    /// Sends <c>reasoning_content</c> before its answer, as reasoning models do. Its reasoning is the answer itself, so that
    /// a gateway that does not look there gives everything away.
    /// </summary>
    public const string Reasoning = "demo-reasoning";

    public static readonly string[] All = [Default, "demo-small", Reasoning];

    public static bool Knows(string model) => All.Contains(model, StringComparer.Ordinal);
}
