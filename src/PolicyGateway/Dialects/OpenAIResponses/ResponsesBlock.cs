using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace PolicyGateway.Dialects.OpenAIResponses;

/// <summary>
/// Ends a blocked stream as OpenAI's own filter does: <c>response.incomplete</c> for the reason <c>content_filter</c>. Nothing
/// follows it, no <c>[DONE]</c> either. What the caller is told stands in a refusal, and what a program needs to know in the
/// metadata, where clients keep what they do not know themselves.
/// </summary>
internal static class ResponsesBlock
{
    public static void Write(IBufferWriter<byte> output, Prompt prompt, DateTimeOffset now, GatewayError error, string? answerId, StreamTail tail)
    {
        var sequence = tail.Sequence;
        var id = tail.HasBegun && answerId is not null ? answerId : $"resp_{error.DecisionId}";
        if (!tail.HasBegun)
        {
            // openai-node's stream helper throws where anything else comes first.
            WriteEvent(output, "response.created", sequence++, json => WriteResponse(json, id, prompt.Model, now, "in_progress", null));
        }

        WriteEvent(output, "response.incomplete", sequence, json => WriteResponse(json, id, prompt.Model, now, "incomplete", error));
    }

    private static void WriteEvent(IBufferWriter<byte> output, string type, long sequence, Action<Utf8JsonWriter> writeResponse)
    {
        output.Write(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"event: {type}\ndata: ")));
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            json.WriteString("type", type);
            json.WriteNumber("sequence_number", sequence);
            json.WritePropertyName("response");
            writeResponse(json);
            json.WriteEndObject();
        }

        output.Write("\n\n"u8);
    }

    private static void WriteResponse(Utf8JsonWriter json, string id, string model, DateTimeOffset now, string status, GatewayError? error)
    {
        json.WriteStartObject();
        json.WriteString("id", id);
        json.WriteString("object", "response");
        json.WriteNumber("created_at", now.ToUnixTimeSeconds());
        json.WriteString("status", status);
        json.WriteNull("error");
        WriteReason(json, error);
        json.WriteNull("instructions");
        json.WriteString("model", model);
        WriteOutput(json, id, error);
        json.WriteBoolean("parallel_tool_calls", true);
        json.WriteNull("previous_response_id");
        json.WriteBoolean("store", false);
        json.WriteNull("temperature");
        json.WriteString("tool_choice", "auto");
        json.WriteStartArray("tools");
        json.WriteEndArray();
        json.WriteNull("top_p");
        json.WriteNull("usage");
        WriteMetadata(json, error);
        json.WriteEndObject();
    }

    private static void WriteReason(Utf8JsonWriter json, GatewayError? error)
    {
        if (error is null)
        {
            json.WriteNull("incomplete_details");
            return;
        }

        json.WriteStartObject("incomplete_details");
        json.WriteString("reason", "content_filter");
        json.WriteEndObject();
    }

    private static void WriteOutput(Utf8JsonWriter json, string id, GatewayError? error)
    {
        json.WriteStartArray("output");
        if (error is not null)
        {
            json.WriteStartObject();
            json.WriteString("id", $"msg_{id}");
            json.WriteString("type", "message");
            json.WriteString("role", "assistant");
            json.WriteString("status", "incomplete");
            json.WriteStartArray("content");
            json.WriteStartObject();
            json.WriteString("type", "refusal");
            json.WriteString("refusal", error.Message);
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary>Strings only, at most 512 characters each, as the protocol has it.</summary>
    private static void WriteMetadata(Utf8JsonWriter json, GatewayError? error)
    {
        json.WriteStartObject("metadata");
        WriteIfSet(json, "code", error?.Code);
        WriteIfSet(json, "category", error?.Category);
        WriteIfSet(json, "required_tier", error?.RequiredTier);
        WriteIfSet(json, "required_credentials", error is { RequiredCredentials.IsEmpty: false } ? string.Join(' ', error.RequiredCredentials) : null);
        WriteIfSet(json, "verification_uri", error?.VerificationUri?.AbsoluteUri);
        WriteIfSet(json, "appeal_uri", error?.AppealUri?.AbsoluteUri);
        WriteIfSet(json, "decision_id", error?.DecisionId);
        json.WriteEndObject();
    }

    private static void WriteIfSet(Utf8JsonWriter json, string name, string? value)
    {
        if (value is { Length: <= 512 })
        {
            json.WriteString(name, value);
        }
    }
}
