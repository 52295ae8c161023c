using System.Text.Json;

namespace PolicyGateway.Dialects.Ollama;

/// <summary>Ollama's list of models. Clients want all members; the gateway knows the names only.</summary>
internal static class OllamaModelList
{
    public static void Write(Utf8JsonWriter json, IEnumerable<string>? models, string? single)
    {
        json.WriteStartObject();
        json.WriteStartArray("models");
        foreach (var model in models ?? [single!])
        {
            json.WriteStartObject();
            json.WriteString("name", model);
            json.WriteString("model", model);
            json.WriteString("modified_at", "1970-01-01T00:00:00Z");
            json.WriteNumber("size", 0);
            json.WriteString("digest", "");
            json.WriteStartObject("details");
            json.WriteString("parent_model", "");
            json.WriteString("format", "");
            json.WriteString("family", "");
            json.WriteStartArray("families");
            json.WriteEndArray();
            json.WriteString("parameter_size", "");
            json.WriteString("quantization_level", "");
            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
