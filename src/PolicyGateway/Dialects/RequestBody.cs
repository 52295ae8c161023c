using System.Text.Json;
using PolicyGateway.Dialects.Fields;

namespace PolicyGateway.Dialects;

/// <summary>What the requests of all dialects have in common: strict JSON, walked along the dialect's fields.</summary>
internal static class RequestBody
{
    /// <summary>Reads a body along a map.</summary>
    /// <param name="fields">The dialect's fields.</param>
    /// <param name="body">The bytes as they came.</param>
    /// <param name="limits">Bounds.</param>
    /// <param name="finish">Makes the prompt of what was read, or says what is wrong with it.</param>
    public static PromptReading Read(FieldMap fields, ReadOnlyMemory<byte> body, RequestLimits limits, Func<JsonElement, TextCollector, PromptReading> finish)
    {
        using var document = StrictJson.Parse(body, limits.MaxJsonDepth, out var fault);
        if (document is null)
        {
            return GatewayError.Invalid(fault!);
        }

        try
        {
            var texts = new TextCollector();
            var reader = new FieldReader(texts, null);
            reader.Read(fields, document.RootElement);
            return reader.Fault is { } wrong ? GatewayError.Invalid(wrong, reader.FaultPath) : finish(document.RootElement, texts);
        }
        catch (InvalidOperationException)
        {
            // An escaped lone surrogate: valid JSON, but no text, and backends read it in different ways.
            return GatewayError.Invalid("The body holds text that is not valid Unicode.");
        }
    }

    /// <summary>The model's name: the one in the path, which a body may repeat, or else the body's; null with an error.</summary>
    public static string? Model(RequestHead head, JsonElement root, out GatewayError? fault)
    {
        if (head.Model is not { } path)
        {
            return Model(root, out fault);
        }

        var isOther = root.TryGetProperty("model", out var model) && model.ValueKind != JsonValueKind.Null
            && (model.ValueKind != JsonValueKind.String || !model.ValueEquals(path));
        fault = isOther || path.Length == 0 ? GatewayError.Invalid("'model' must be the one in the path, or left out.", "model") : null;
        return fault is null ? path : null;
    }

    /// <summary>The model's name, or null with an error.</summary>
    public static string? Model(JsonElement root, out GatewayError? fault)
    {
        var name = root.TryGetProperty("model", out var model) && model.ValueKind == JsonValueKind.String ? model.GetString() : null;
        fault = string.IsNullOrEmpty(name) ? GatewayError.Invalid("'model' must be a non-empty string.", "model") : null;
        return fault is null ? name : null;
    }

    /// <summary>Reads a flag; null means false.</summary>
    public static GatewayError? Flag(JsonElement root, string name, out bool value)
    {
        value = false;
        if (!root.TryGetProperty(name, out var flag) || flag.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        value = flag.ValueKind == JsonValueKind.True;
        return flag.ValueKind is JsonValueKind.True or JsonValueKind.False ? null : GatewayError.Invalid($"'{name}' must be a boolean.", name);
    }

    /// <summary>Reads how many answers are asked for; null means one.</summary>
    public static GatewayError? Count(JsonElement root, string name, int most, out int count)
    {
        count = 1;
        return root.TryGetProperty(name, out var n) && n.ValueKind != JsonValueKind.Null
            && (n.ValueKind != JsonValueKind.Number || !n.TryGetInt32(out count) || count < 1 || count > most)
            ? GatewayError.Invalid($"'{name}' must be a whole number from 1 to {most}.", name)
            : null;
    }
}
