using System.Text.Json;

namespace PolicyGateway.Dialects.Gemini;

/// <summary>
/// Google's error object, https://google.aip.dev/193; what is missing and where to get it stands in its <c>ErrorInfo</c>,
/// whose metadata holds strings only.
/// </summary>
internal static class GeminiError
{
    public static void Write(Utf8JsonWriter json, GatewayError error)
    {
        json.WriteStartObject();
        json.WriteStartObject("error");
        json.WriteNumber("code", error.Status);
        json.WriteString("message", error.Message);
        json.WriteString("status", Status(error.Status));
        json.WriteStartArray("details");
        json.WriteStartObject();
        json.WriteString("@type", "type.googleapis.com/google.rpc.ErrorInfo");
        json.WriteString("reason", error.Code);
        json.WriteString("domain", "policygateway");
        json.WriteStartObject("metadata");
        ErrorMembers.WriteIfSet(json, "param", error.Param);
        ErrorMembers.WriteIfSet(json, "category", error.Category);
        ErrorMembers.WriteIfSet(json, "required_tier", error.RequiredTier);
        ErrorMembers.WriteIfSet(json, "required_credentials", error.RequiredCredentials.IsEmpty ? null : string.Join(',', error.RequiredCredentials));
        ErrorMembers.WriteIfSet(json, "verification_uri", error.VerificationUri?.AbsoluteUri);
        ErrorMembers.WriteIfSet(json, "appeal_uri", error.AppealUri?.AbsoluteUri);
        ErrorMembers.WriteIfSet(json, "decision_id", error.DecisionId);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <summary>The name of <c>google.rpc.Code</c> that Google sends with a status.</summary>
    private static string Status(int status) => status switch
    {
        StatusCodes.Status401Unauthorized => "UNAUTHENTICATED",
        StatusCodes.Status403Forbidden => "PERMISSION_DENIED",
        StatusCodes.Status404NotFound => "NOT_FOUND",
        StatusCodes.Status429TooManyRequests => "RESOURCE_EXHAUSTED",
        StatusCodes.Status500InternalServerError => "INTERNAL",
        StatusCodes.Status501NotImplemented => "UNIMPLEMENTED",
        StatusCodes.Status504GatewayTimeout => "DEADLINE_EXCEEDED",
        > 500 => "UNAVAILABLE",
        _ => "INVALID_ARGUMENT",
    };
}
