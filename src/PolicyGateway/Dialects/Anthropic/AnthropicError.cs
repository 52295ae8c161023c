using System.Buffers;
using System.Text.Json;

namespace PolicyGateway.Dialects.Anthropic;

/// <summary>
/// Anthropic's error object, with the members of RFC 9457 problem details that say what is missing and where to get it. Its
/// types follow the status, as https://platform.claude.com/docs/en/api/errors lists them.
/// </summary>
internal static class AnthropicError
{
    public static void Write(IBufferWriter<byte> output, GatewayError error)
    {
        using var json = new Utf8JsonWriter(output);
        json.WriteStartObject();
        json.WriteString("type", "error");
        json.WriteStartObject("error");
        json.WriteString("type", TypeOf(error));
        json.WriteString("message", error.Message);
        json.WriteString("code", error.Code);
        ErrorMembers.WriteIfSet(json, "param", error.Param);
        ErrorMembers.Write(json, error);
        json.WriteEndObject();
        json.WriteString("request_id", error.DecisionId);
        json.WriteEndObject();
    }

    private static string TypeOf(GatewayError error) => error.Status switch
    {
        StatusCodes.Status404NotFound => "not_found_error",
        StatusCodes.Status413PayloadTooLarge => "request_too_large",
        StatusCodes.Status429TooManyRequests => "rate_limit_error",
        StatusCodes.Status504GatewayTimeout => "timeout_error",
        StatusCodes.Status503ServiceUnavailable when error.Code == "overloaded" => "overloaded_error",
        >= 500 => "api_error",
        _ => error.Type,
    };
}
