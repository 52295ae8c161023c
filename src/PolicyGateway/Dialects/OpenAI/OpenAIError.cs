using System.Text.Json;

namespace PolicyGateway.Dialects.OpenAI;

/// <summary>
/// OpenAI's error object, with the members of RFC 9457 problem details that say what is missing and where to get it.
/// </summary>
internal static class OpenAIError
{
    public static void Write(Utf8JsonWriter json, GatewayError error)
    {
        json.WriteStartObject();
        WriteMember(json, error);
        json.WriteEndObject();
    }

    /// <summary>The member <c>error</c> of an object that is open.</summary>
    public static void WriteMember(Utf8JsonWriter json, GatewayError error)
    {
        json.WriteStartObject("error");
        json.WriteString("message", error.Message);
        json.WriteString("type", error.Type);
        json.WriteString("param", error.Param);
        json.WriteString("code", error.Code);
        ErrorMembers.Write(json, error);
        json.WriteEndObject();
    }
}
