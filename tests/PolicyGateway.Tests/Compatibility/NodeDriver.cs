using System.Text.Json;
using PolicyGateway.Tests.Clients;

namespace PolicyGateway.Tests.Compatibility;

/// <summary>One of <c>tests/clients/node/compatibility/*.mjs</c>: a process that plays every scenario with every client of one SDK.</summary>
internal sealed class NodeDriver(string script, string package) : IDriver
{
    public static IReadOnlyList<NodeDriver> All { get; } =
    [
        // The one that asks again, after a while, comes first: it takes longest.
        new("ai", "ai"),
        new("openai", "openai"),
        new("anthropic", "@anthropic-ai/sdk"),
        new("langchain", "@langchain/openai"),
        new("genai", "@google/genai"),
        new("ollama", "ollama"),
    ];

    public async Task<IReadOnlyList<Seen>> RunAsync(IReadOnlyList<Call> calls)
    {
        var line = await NodeClient.RunScriptAsync($"compatibility/{script}.mjs", package, JsonSerializer.Serialize(calls, JsonSerializerOptions.Web));
        return line.Deserialize<List<Seen>>(JsonSerializerOptions.Web)!;
    }
}
