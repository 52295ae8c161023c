using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace PolicyGateway.Dialects.OpenAIResponses;

/// <summary>
/// Ends a blocked stream as OpenAI's own filter does: <c>response.incomplete</c> for the reason <c>content_filter</c>. Nothing
/// follows it, no <c>[DONE]</c> either. What the caller is told is an item of its own before that, a refusal as a model writes
/// one, because clients show what is streamed and not what the last event holds. What a program needs to know stands in the
/// metadata, where clients keep what they do not know themselves.
/// </summary>
internal static class ResponsesBlock
{
    public static void Write(IBufferWriter<byte> output, Prompt prompt, DateTimeOffset now, GatewayError error, StreamTail tail)
    {
        if (tail.HasEnded)
        {
            return;
        }

        var sequence = tail.Sequence;
        var id = tail.Id ?? $"resp_{error.DecisionId}";
        if (!tail.HasBegun)
        {
            // openai-node's stream helper throws where anything else comes first.
            WriteEvent(output, "response.created", sequence++, json => WriteResponse(json, id, prompt.Model, now, "in_progress", null));
        }

        foreach (var (type, write) in Refusal($"msg_{error.DecisionId}", tail.Items, error.Message))
        {
            WriteEvent(output, type, sequence++, write);
        }

        WriteEvent(output, "response.incomplete", sequence, json => WriteResponse(json, id, prompt.Model, now, "incomplete", error));
    }

    /// <summary>The events of a message that is nothing but a refusal, in the protocol's order.</summary>
    private static IEnumerable<(string Type, Action<Utf8JsonWriter> Write)> Refusal(string item, int index, string message)
    {
        yield return ("response.output_item.added", json => WriteItem(json, "in_progress", null));
        yield return ("response.content_part.added", json => WriteInPart(json, "part", writer => WritePart(writer, "")));
        yield return ("response.refusal.delta", json => WriteInPart(json, "delta", writer => writer.WriteStringValue(message)));
        yield return ("response.refusal.done", json => WriteInPart(json, "refusal", writer => writer.WriteStringValue(message)));
        yield return ("response.content_part.done", json => WriteInPart(json, "part", writer => WritePart(writer, message)));
        yield return ("response.output_item.done", json => WriteItem(json, "incomplete", message));

        void WriteItem(Utf8JsonWriter json, string status, string? refusal)
        {
            json.WriteNumber("output_index", index);
            json.WritePropertyName("item");
            WriteMessage(json, item, status, refusal);
        }

        void WriteInPart(Utf8JsonWriter json, string name, Action<Utf8JsonWriter> writeValue)
        {
            json.WriteString("item_id", item);
            json.WriteNumber("output_index", index);
            json.WriteNumber("content_index", 0);
            json.WritePropertyName(name);
            writeValue(json);
        }
    }

    private static void WriteEvent(IBufferWriter<byte> output, string type, long sequence, Action<Utf8JsonWriter> writeMembers)
    {
        output.Write(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"event: {type}\ndata: ")));
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            json.WriteString("type", type);
            json.WriteNumber("sequence_number", sequence);
            writeMembers(json);
            json.WriteEndObject();
        }

        output.Write("\n\n"u8);
    }

    private static void WriteResponse(Utf8JsonWriter json, string id, string model, DateTimeOffset now, string status, GatewayError? error)
    {
        json.WriteStartObject("response");
        json.WriteString("id", id);
        json.WriteString("object", "response");
        json.WriteNumber("created_at", now.ToUnixTimeSeconds());
        json.WriteString("status", status);
        json.WriteNull("error");
        WriteReason(json, error);
        json.WriteNull("instructions");
        json.WriteString("model", model);
        WriteOutput(json, error);
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

    private static void WriteOutput(Utf8JsonWriter json, GatewayError? error)
    {
        json.WriteStartArray("output");
        if (error is not null)
        {
            WriteMessage(json, $"msg_{error.DecisionId}", "incomplete", error.Message);
        }

        json.WriteEndArray();
    }

    /// <summary>A message; empty where there is no refusal yet.</summary>
    private static void WriteMessage(Utf8JsonWriter json, string id, string status, string? refusal)
    {
        json.WriteStartObject();
        json.WriteString("id", id);
        json.WriteString("type", "message");
        json.WriteString("role", "assistant");
        json.WriteString("status", status);
        json.WriteStartArray("content");
        if (refusal is not null)
        {
            WritePart(json, refusal);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WritePart(Utf8JsonWriter json, string refusal)
    {
        json.WriteStartObject();
        json.WriteString("type", "refusal");
        json.WriteString("refusal", refusal);
        json.WriteEndObject();
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
