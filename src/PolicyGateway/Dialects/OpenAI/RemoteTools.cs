using System.Text.Json;

namespace PolicyGateway.Dialects.OpenAI;

/// <summary>
/// Finds tools that the backend runs on a host which the request names (MCP servers, connectors). What the model writes into
/// their arguments leaves for that host, which may be the caller's own, before anybody here has judged it.
/// </summary>
internal static class RemoteTools
{
    private static readonly string[] Hosts = ["server_url", "connector_id", "tunnel_id"];

    /// <summary>Looks through the tools of a request and those that its items bring in; null where there are none of the kind.</summary>
    public static GatewayError? Check(JsonElement root) =>
        AreIn(Member(root, "tools")) ? Refusal("tools")
        : Member(root, "input") is { ValueKind: JsonValueKind.Array } items && items.EnumerateArray().Any(static item => AreIn(Member(item, "tools"))) ? Refusal("input")
        : null;

    private static bool AreIn(JsonElement tools) =>
        tools.ValueKind == JsonValueKind.Array && tools.EnumerateArray().Any(static tool =>
            Member(tool, "type") is { ValueKind: JsonValueKind.String } type && type.ValueEquals("mcp")
            || Array.Exists(Hosts, host => Member(tool, host).ValueKind is not (JsonValueKind.Undefined or JsonValueKind.Null))
            || AreIn(Member(tool, "tools")));

    private static JsonElement Member(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) ? value : default;

    private static GatewayError Refusal(string param) => GatewayError.Invalid(
        "The backend would send text to the host of a remote tool before it is judged: leave tools of the type 'mcp', and those with 'server_url', 'connector_id' or 'tunnel_id', out.", param);
}
