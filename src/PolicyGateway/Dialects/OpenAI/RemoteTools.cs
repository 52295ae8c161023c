using System.Text.Json;

namespace PolicyGateway.Dialects.OpenAI;

/// <summary>
/// Finds tools that the backend runs on a host which the request names (MCP servers, connectors), or that may reach one. What
/// the model writes into their arguments leaves for that host, which may be the caller's own, before anybody here has judged it.
/// </summary>
internal static class RemoteTools
{
    private const string ToHost =
        "The backend would send text to the host of a remote tool before it is judged: leave tools of the type 'mcp', and those with 'server_url', 'connector_id', 'tunnel_id' or 'network_policy', out.";

    private const string Kept = "Text that is kept elsewhere cannot be classified: leave tools in other tools or in items that have 'vector_store_ids' out.";

    private static readonly string[] Hosts = ["server_url", "connector_id", "tunnel_id"];

    /// <summary>
    /// Looks through the tools of a request, those in other tools, those that its items bring in, and those that it chooses
    /// from; null where there are none of the kind.
    /// </summary>
    public static GatewayError? Check(JsonElement root)
    {
        if (AreIn(Member(root, "tools"), Remote) || AreIn(Member(Member(root, "tool_choice"), "tools"), Remote))
        {
            return GatewayError.Invalid(ToHost, "tools");
        }

        foreach (var item in Items(Member(root, "input")))
        {
            if (AreIn(Member(item, "tools"), Remote) || HasNetwork(item))
            {
                return GatewayError.Invalid(ToHost, "input");
            }

            if (AreIn(Member(item, "tools"), HasStore))
            {
                return GatewayError.Invalid(Kept, "input");
            }
        }

        return Items(Member(root, "tools")).Any(static tool => AreIn(Member(tool, "tools"), HasStore))
            ? GatewayError.Invalid(Kept, "tools")
            : null;
    }

    private static bool AreIn(JsonElement tools, Func<JsonElement, bool> isOne) =>
        Items(tools).Any(tool => isOne(tool) || AreIn(Member(tool, "tools"), isOne));

    private static bool Remote(JsonElement tool) =>
        Member(tool, "type") is { ValueKind: JsonValueKind.String } type && type.ValueEquals("mcp")
        || Array.Exists(Hosts, host => Has(tool, host))
        || HasNetwork(tool);

    /// <summary>Whether what runs the tool, or the item's command, may reach hosts.</summary>
    private static bool HasNetwork(JsonElement owner) => Has(Member(owner, "container"), "network_policy") || Has(Member(owner, "environment"), "network_policy");

    private static bool HasStore(JsonElement tool) => Has(tool, "vector_store_ids");

    private static bool Has(JsonElement element, string name) => Member(element, name).ValueKind is not (JsonValueKind.Undefined or JsonValueKind.Null);

    private static JsonElement.ArrayEnumerator Items(JsonElement array) => array.ValueKind == JsonValueKind.Array ? array.EnumerateArray() : default;

    private static JsonElement Member(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) ? value : default;
}
