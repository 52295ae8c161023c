using System.Text.Json;

namespace PolicyGateway.Dialects.Ollama;

/// <summary>Ollama's error is one sentence. What is missing and where to get it stands beside it, where its clients do not look.</summary>
internal static class OllamaError
{
    public static void Write(Utf8JsonWriter json, GatewayError error)
    {
        json.WriteStartObject();
        json.WriteString("error", error.Message);
        json.WriteString("code", error.Code);
        ErrorMembers.WriteIfSet(json, "param", error.Param);
        ErrorMembers.Write(json, error);
        json.WriteEndObject();
    }
}
