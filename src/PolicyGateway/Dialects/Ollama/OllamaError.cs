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
        WriteIfSet(json, "param", error.Param);
        WriteIfSet(json, "category", error.Category);
        WriteIfSet(json, "required_tier", error.RequiredTier);
        if (!error.RequiredCredentials.IsEmpty)
        {
            json.WriteStartArray("required_credentials");
            foreach (var credential in error.RequiredCredentials)
            {
                json.WriteStringValue(credential);
            }

            json.WriteEndArray();
        }

        WriteIfSet(json, "verification_uri", error.VerificationUri?.AbsoluteUri);
        WriteIfSet(json, "appeal_uri", error.AppealUri?.AbsoluteUri);
        WriteIfSet(json, "decision_id", error.DecisionId);
        json.WriteEndObject();
    }

    private static void WriteIfSet(Utf8JsonWriter json, string name, string? value)
    {
        if (value is not null)
        {
            json.WriteString(name, value);
        }
    }
}
