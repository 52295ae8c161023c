using System.Text.Json;

namespace PolicyGateway.Dialects.Gemini;

/// <summary>The model that a request names, and how many answers it asks for.</summary>
internal static class GeminiModel
{
    /// <summary>What a model's resource name begins with.</summary>
    public const string Prefix = "models/";

    /// <summary>The model in the path, which a body may repeat; null with an error where it does not.</summary>
    public static string? Read(RequestHead head, JsonElement root, out GatewayError? fault)
    {
        var isOther = root.TryGetProperty("model", out var model) && model.ValueKind != JsonValueKind.Null
            && (model.AsString() is not { } name || (name != head.Model && name != Prefix + head.Model));
        fault = string.IsNullOrEmpty(head.Model) || isOther
            ? GatewayError.Invalid("'model' must be the one in the path, or left out.", "model")
            : null;
        return fault is null ? head.Model : null;
    }

    /// <summary>Reads how many candidates are asked for.</summary>
    public static GatewayError? Count(JsonElement config, int most, out int count) =>
        RequestBody.Count(config, config.TryGetProperty("candidate_count", out _) ? "candidate_count" : "candidateCount", most, out count);
}
