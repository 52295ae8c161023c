using System.Collections.Frozen;
using System.Text.Json;

namespace PolicyGateway.Dialects.OpenAIChat;

/// <summary>
/// Reads the request of <c>POST /v1/chat/completions</c>. Fields that are known and unknown are kept and forwarded; what
/// carries text to the model is collected, and a shape that is not the dialect's is an error.
/// </summary>
internal static class ChatRequestReader
{
    private static readonly FrozenSet<string> Roles =
        FrozenSet.ToFrozenSet(["system", "developer", "user", "assistant", "tool", "function"]);

    /// <summary>Fields whose strings are ids and enumerations; they are scanned all the same when they do not look like it.</summary>
    private static readonly FrozenSet<string> TokenFields = FrozenSet.ToFrozenSet(
    [
        "model", "user", "safety_identifier", "prompt_cache_key", "prompt_cache_retention", "reasoning_effort",
        "service_tier", "verbosity",
    ]);

    /// <summary>Keys that decide how the rest is read. Some backends (Go's JSON) do not tell their case apart.</summary>
    private static readonly FrozenSet<string> ReadingKeys = FrozenSet.ToFrozenSet(
        ["model", "messages", "stream", "n", "modalities", "role", "content", "audio"], StringComparer.OrdinalIgnoreCase);

    private static readonly FrozenSet<string> ExactReadingKeys = FrozenSet.ToFrozenSet(ReadingKeys, StringComparer.Ordinal);

    public static PromptReading Read(JsonElement root, ReadOnlyMemory<byte> body, RequestLimits limits)
    {
        if (root.ValueKind != JsonValueKind.Object)
        {
            return GatewayError.Invalid("The body must be a JSON object.");
        }

        if (HasLookalike(root))
        {
            return GatewayError.Invalid("A key differs from one of the dialect's in case only.");
        }

        if (!root.TryGetProperty("model", out var model) || model.ValueKind != JsonValueKind.String || model.GetString()!.Length == 0)
        {
            return GatewayError.Invalid("'model' must be a non-empty string.", "model");
        }

        if (ReadOptions(root, limits, out var isStream, out var choices) is { } optionsFault)
        {
            return optionsFault;
        }

        var texts = new TextCollector();
        if (ReadMessages(root, texts) is { } messagesFault)
        {
            return messagesFault;
        }

        ScanOtherFields(root, texts);
        return new Prompt(model.GetString()!, isStream, choices, texts.ToTexts(), texts.HasUnclassified, body);
    }

    /// <summary>Whether a key would be read here as unknown and elsewhere as one that decides; two letters fold to ASCII.</summary>
    private static bool HasLookalike(JsonElement element)
    {
        foreach (var field in element.EnumerateObject())
        {
            if (ReadingKeys.Contains(field.Name.Replace('\u017F', 's').Replace('\u212A', 'k')) && !ExactReadingKeys.Contains(field.Name))
            {
                return true;
            }
        }

        return false;
    }

    private static GatewayError? ReadOptions(JsonElement root, RequestLimits limits, out bool isStream, out int choices)
    {
        (isStream, choices) = (false, 1);
        if (root.TryGetProperty("stream", out var stream) && stream.ValueKind != JsonValueKind.Null)
        {
            if (stream.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
            {
                return GatewayError.Invalid("'stream' must be a boolean.", "stream");
            }

            isStream = stream.ValueKind == JsonValueKind.True;
        }

        if (root.TryGetProperty("n", out var n) && n.ValueKind != JsonValueKind.Null
            && (n.ValueKind != JsonValueKind.Number || !n.TryGetInt32(out choices) || choices < 1 || choices > limits.MaxChoices))
        {
            return GatewayError.Invalid($"'n' must be a whole number from 1 to {limits.MaxChoices}.", "n");
        }

        return root.TryGetProperty("modalities", out var modalities) && !IsTextOnly(modalities)
            ? GatewayError.Invalid("'modalities' other than [\"text\"] are not supported: audio cannot be classified.", "modalities")
            : null;
    }

    private static bool IsTextOnly(JsonElement modalities)
    {
        if (modalities.ValueKind != JsonValueKind.Array)
        {
            return modalities.ValueKind == JsonValueKind.Null;
        }

        foreach (var modality in modalities.EnumerateArray())
        {
            if (modality.ValueKind != JsonValueKind.String || !modality.ValueEquals("text"))
            {
                return false;
            }
        }

        return true;
    }

    private static GatewayError? ReadMessages(JsonElement root, TextCollector texts)
    {
        if (!root.TryGetProperty("messages", out var messages) || messages.ValueKind != JsonValueKind.Array || messages.GetArrayLength() == 0)
        {
            return GatewayError.Invalid("'messages' must be a non-empty array.", "messages");
        }

        var index = 0;
        foreach (var message in messages.EnumerateArray())
        {
            if (ReadMessage(message, texts, index) is { } fault)
            {
                return fault;
            }

            index++;
        }

        return null;
    }

    private static GatewayError? ReadMessage(JsonElement message, TextCollector texts, int index)
    {
        if (message.ValueKind != JsonValueKind.Object
            || !message.TryGetProperty("role", out var role) || role.ValueKind != JsonValueKind.String || !Roles.Contains(role.GetString()!))
        {
            return GatewayError.Invalid(
                "Each message must be an object whose 'role' is system, developer, user, assistant, tool or function.",
                $"messages[{index}].role");
        }

        if (HasLookalike(message))
        {
            return GatewayError.Invalid("A key differs from one of the dialect's in case only.", $"messages[{index}]");
        }

        foreach (var field in message.EnumerateObject())
        {
            switch (field.Name)
            {
                case "role":
                case "tool_call_id" when field.Value.ValueKind == JsonValueKind.String && JsonLeaves.IsToken(field.Value.GetString()):
                    break;
                case "content":
                    if (ReadContent(field.Value, texts, index) is { } fault)
                    {
                        return fault;
                    }

                    break;
                case "audio" when field.Value.ValueKind != JsonValueKind.Null:
                    // A reference to audio that the backend keeps: nobody here can hear it.
                    texts.MarkUnclassified();
                    break;
                default:
                    JsonLeaves.Scan(field.Value, texts, index, field.Name);
                    break;
            }
        }

        return null;
    }

    private static GatewayError? ReadContent(JsonElement content, TextCollector texts, int index)
    {
        switch (content.ValueKind)
        {
            case JsonValueKind.Null:
                return null;
            case JsonValueKind.String:
                texts.Add(index, "content", content.GetString());
                return null;
            case JsonValueKind.Array:
                foreach (var part in content.EnumerateArray())
                {
                    if (!ReadPart(part, texts, index))
                    {
                        return GatewayError.Invalid(
                            "Each content part must be an object of the type text, refusal, image_url, input_audio or file.",
                            $"messages[{index}].content");
                    }
                }

                return null;
            default:
                return GatewayError.Invalid("'content' must be a string, an array of parts or null.", $"messages[{index}].content");
        }
    }

    private static bool ReadPart(JsonElement part, TextCollector texts, int index)
    {
        if (part.ValueKind != JsonValueKind.Object || !part.TryGetProperty("type", out var type) || type.ValueKind != JsonValueKind.String)
        {
            return false;
        }

        var name = type.GetString()!;
        switch (name)
        {
            case "text" or "refusal":
                if (!part.TryGetProperty(name, out var text) || text.ValueKind != JsonValueKind.String)
                {
                    return false;
                }

                texts.AddAlone(index, "content", text.GetString());
                break;
            case "image_url" or "input_audio" or "file":
                texts.MarkUnclassified();
                break;
            default:
                return false;
        }

        foreach (var field in part.EnumerateObject())
        {
            if (field.Name != "type" && field.Name != name)
            {
                JsonLeaves.Scan(field.Value, texts, index, field.Name);
            }
        }

        return true;
    }

    private static void ScanOtherFields(JsonElement root, TextCollector texts)
    {
        foreach (var field in root.EnumerateObject())
        {
            if (field.Name == "messages" || (field.Value.ValueKind == JsonValueKind.String
                && TokenFields.Contains(field.Name) && JsonLeaves.IsToken(field.Value.GetString())))
            {
                continue;
            }

            // Not a message's group: what stands here belongs to all of them.
            JsonLeaves.Scan(field.Value, texts, -1, field.Name);
        }
    }
}
