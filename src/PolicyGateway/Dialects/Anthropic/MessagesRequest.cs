using System.Text.Json;
using PolicyGateway.Dialects.Frames;

namespace PolicyGateway.Dialects.Anthropic;

/// <summary>Reads a request for a message, or for the count of its tokens.</summary>
internal static class MessagesRequest
{
    /// <summary>
    /// Tools by the beginning of their type, which ends in a date. The client runs most of them, and what the backend's own
    /// say stands in the answer. A tool that is not listed may send text to where nobody here sees it (remote servers), or
    /// ask another model.
    /// </summary>
    private static readonly string[] Tools =
    [
        "bash_", "text_editor_", "computer_", "memory_", "browser_", "web_search_", "code_execution_", "tool_search_tool_",
    ];

    /// <summary>Reads pages that the caller names and that nobody here can read.</summary>
    private const string Fetching = "web_fetch_";

    /// <param name="body">The bytes as they came.</param>
    /// <param name="limits">Bounds.</param>
    /// <param name="canStream">Whether the answer may be asked for as a stream.</param>
    public static PromptReading Read(ReadOnlyMemory<byte> body, RequestLimits limits, bool canStream) =>
        RequestBody.Read(MessagesFields.Request, body, limits, (root, texts) =>
        {
            if (RequestBody.Model(root, out var fault) is not { } model
                || (fault = RequestBody.Flag(root, "stream", out var isStream)) is not null
                || (fault = CheckArray(root, "messages")) is not null
                || (fault = CheckTools(root, texts)) is not null)
            {
                return fault!;
            }

            return new Prompt(model, canStream && isStream ? Framing.Sse : Framing.Json, 1, texts.ToTexts(), texts.HasUnclassified, body);
        });

    private static GatewayError? CheckTools(JsonElement root, TextCollector texts)
    {
        if (CheckArray(root, "tools") is { } fault)
        {
            return fault;
        }

        if (!root.TryGetProperty("tools", out var tools) || tools.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        foreach (var tool in tools.EnumerateArray())
        {
            if (tool.ValueKind != JsonValueKind.Object)
            {
                return GatewayError.Invalid("Each of 'tools' must be an object.", "tools");
            }

            if (!tool.TryGetProperty("type", out var type) || type.ValueKind == JsonValueKind.Null || IsKnown(type))
            {
                continue;
            }

            if (type.ValueKind != JsonValueKind.String || !type.GetString()!.StartsWith(Fetching, StringComparison.Ordinal))
            {
                return GatewayError.Invalid("A tool of this type is not supported: it may carry text that nobody here sees.", "tools");
            }

            texts.MarkUnclassified();
        }

        return null;
    }

    private static bool IsKnown(JsonElement type) =>
        type.ValueKind == JsonValueKind.String
        && (type.ValueEquals("custom") || Array.Exists(Tools, start => type.GetString()!.StartsWith(start, StringComparison.Ordinal)));

    private static GatewayError? CheckArray(JsonElement root, string name) =>
        root.TryGetProperty(name, out var value) && value.ValueKind is not (JsonValueKind.Array or JsonValueKind.Null)
            ? GatewayError.Invalid($"'{name}' must be an array.", name)
            : null;
}
