using System.Text.Json;

namespace PolicyGateway.Dialects.OpenAIChat;

/// <summary>OpenAI's list of models, and one model.</summary>
internal static class ModelList
{
    public static void Write(Utf8JsonWriter json, IEnumerable<string>? models, string? single)
    {
        if (models is null)
        {
            WriteModel(json, single!);
            return;
        }

        json.WriteStartObject();
        json.WriteString("object", "list");
        json.WriteStartArray("data");
        foreach (var model in models)
        {
            WriteModel(json, model);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteModel(Utf8JsonWriter json, string id)
    {
        json.WriteStartObject();
        json.WriteString("id", id);
        json.WriteString("object", "model");
        // Required by SDKs; a gateway does not know when a model was made.
        json.WriteNumber("created", 0);
        json.WriteString("owned_by", "policygateway");
        json.WriteEndObject();
    }
}
