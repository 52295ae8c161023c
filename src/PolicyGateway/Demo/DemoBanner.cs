using System.Text.Json;

namespace PolicyGateway.Demo;

/// <summary>What the demo prints when it is ready: a page for people, or one line of JSON for programs.</summary>
internal static class DemoBanner
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    public static string AsText(DemoGateway gateway)
    {
        var text = new StringWriter { NewLine = "\n" };
        text.WriteLine();
        text.WriteLine($"PolicyGateway listens on {gateway.Url.GetLeftPart(UriPartial.Authority)} (base URL for SDKs: {new Uri(gateway.Url, "/v1")}).");
        text.WriteLine($"Models: {string.Join(", ", DemoModels.All)}. They answer from a script; no language model runs here.");
        text.WriteLine();
        text.WriteLine("A token for each tier:");
        foreach (var (tier, token) in Named(gateway.Tokens))
        {
            text.WriteLine($"  {tier,-13}{token}");
        }

        text.WriteLine($"  {"(staff)",-13}{gateway.Tokens.Staff}");
        foreach (var example in DemoExamples.For(gateway.Url, gateway.Tokens, gateway.Backend.Script).Concat(DemoExamples.Access(gateway.Url, gateway.Management, gateway.Tokens)))
        {
            text.WriteLine();
            text.WriteLine(example.Title);
            text.WriteLine(example.CommandLine);
        }

        text.WriteLine();
        text.WriteLine("The same in a browser, where one of the tokens logs in:");
        text.WriteLine($"  {new Uri(gateway.Url, "/portal")}  who you are, your decisions, requests, appeals and keys");
        text.WriteLine($"  {new Uri(gateway.Management, "/console")}  the queue, people, revocations, audit, figures, policy (staff)");
        text.WriteLine();
        text.WriteLine("With \"stream\":true in the body and -N for curl, the same answers arrive as a stream.");
        text.WriteLine($"Metrics: {gateway.Metrics}   Readiness: {gateway.Ready}");
        text.WriteLine($"State (audit, grants, development key): {gateway.DataDirectory}");
        text.WriteLine("Ctrl-C stops the demo.");
        return text.ToString();
    }

    public static string AsJson(DemoGateway gateway) => JsonSerializer.Serialize(
        new
        {
            url = gateway.Url.GetLeftPart(UriPartial.Authority),
            tokens = gateway.Tokens,
            metrics = gateway.Metrics.ToString(),
        },
        Json);

    private static IEnumerable<(string Tier, string Token)> Named(DemoTokens tokens) =>
    [
        ("public", tokens.Public),
        ("registered", tokens.Registered),
        ("verified", tokens.Verified),
        ("professional", tokens.Professional),
    ];
}
