using System.Text.Json;
using System.Xml.Linq;

namespace PolicyGateway.Tests.Compatibility;

/// <summary>One way to use an SDK.</summary>
/// <param name="Name">What drivers call it.</param>
/// <param name="Package">The SDK's package.</param>
/// <param name="Use">What of the SDK is used.</param>
/// <param name="Path">Where its requests go.</param>
/// <param name="IsNode">Whether the package is of npm, and not of NuGet.</param>
internal sealed record Client(string Name, string Package, string Use, string Path, bool IsNode = true)
{
    public static IReadOnlyList<Client> All { get; } =
    [
        new("openai-node chat", "openai", "`chat.completions.create`", "/v1/chat/completions"),
        new("openai-node chat helper", "openai", "`chat.completions.stream`", "/v1/chat/completions"),
        new("openai-node responses", "openai", "`responses.create`", "/v1/responses"),
        new("openai-node responses helper", "openai", "`responses.stream`", "/v1/responses"),
        new("openai-dotnet chat", "OpenAI", "`ChatClient`", "/v1/chat/completions", IsNode: false),
        new("openai-dotnet responses", "OpenAI", "`ResponsesClient`", "/v1/responses", IsNode: false),
        new("langchain chat", "@langchain/openai", "`ChatOpenAI`", "/v1/chat/completions"),
        new("ai openai chat", "@ai-sdk/openai", "`streamText`, `.chat`", "/v1/chat/completions"),
        new("ai openai responses", "@ai-sdk/openai", "`streamText`, `.responses`", "/v1/responses"),
        new("ai anthropic", "@ai-sdk/anthropic", "`streamText`", "/v1/messages"),
        new("ai google", "@ai-sdk/google", "`streamText`", "/v1beta/models/..."),
        new("anthropic-node messages", "@anthropic-ai/sdk", "`messages.create`", "/v1/messages"),
        new("anthropic-node messages helper", "@anthropic-ai/sdk", "`messages.stream`", "/v1/messages"),
        new("anthropic-dotnet messages", "Anthropic", "`Messages.CreateStreaming`", "/v1/messages", IsNode: false),
        new("genai-node", "@google/genai", "`models.generateContentStream`", "/v1beta/models/..."),
        new("ollama-node chat", "ollama", "`chat`", "/api/chat"),
    ];

    /// <summary>The version that is locked.</summary>
    public string Version => IsNode ? NodeVersion(Package) : DotnetVersion(Package);

    public static string NodeVersion(string package)
    {
        using var lockFile = JsonDocument.Parse(ConventionTests.ReadDocument("tests/clients/node/package-lock.json"));
        return lockFile.RootElement.GetProperty("packages").GetProperty("node_modules/" + package).GetProperty("version").GetString()!;
    }

    private static string DotnetVersion(string package) => XDocument.Parse(ConventionTests.ReadDocument("Directory.Packages.props"))
        .Descendants("PackageVersion").Single(version => version.Attribute("Include")!.Value == package).Attribute("Version")!.Value;
}
