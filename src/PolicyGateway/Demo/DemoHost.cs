namespace PolicyGateway.Demo;

/// <summary>What the demo needs of the product: an issuer that makes tokens, and the gateway itself.</summary>
internal static class DemoHost
{
    public static DemoTokens IssueTokens(string dataDirectory, TimeProvider time) =>
        throw new NotSupportedException(dataDirectory + time);

    public static WebApplication Build(IReadOnlyDictionary<string, string?> configuration) =>
        throw new NotSupportedException(configuration.Count.ToString(System.Globalization.CultureInfo.InvariantCulture));
}
