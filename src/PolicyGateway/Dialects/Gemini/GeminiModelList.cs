using System.Text.Json;

namespace PolicyGateway.Dialects.Gemini;

/// <summary>Google's list of models, and one model.</summary>
internal static class GeminiModelList
{
    public static void Write(Utf8JsonWriter json, IEnumerable<string>? models, string? single)
    {
        if (models is null)
        {
            WriteModel(json, single!);
            return;
        }

        json.WriteStartObject();
        json.WriteStartArray("models");
        foreach (var model in models)
        {
            WriteModel(json, model);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteModel(Utf8JsonWriter json, string name)
    {
        json.WriteStartObject();
        json.WriteString("name", GeminiModel.Prefix + name);
        json.WriteString("displayName", name);
        json.WriteStartArray("supportedGenerationMethods");
        json.WriteStringValue("generateContent");
        json.WriteStringValue("countTokens");
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
