using System.Buffers;
using System.Text.Json;
using PolicyGateway.Dialects.Fields;
using PolicyGateway.Dialects.Frames;

namespace PolicyGateway.Dialects.Anthropic;

/// <summary>Anthropic's messages: <c>POST /v1/messages</c>, as JSON and as server-sent events.</summary>
internal sealed class MessagesDialect : IDialect
{
    public const string TokenHeader = "x-api-key";

    /// <summary>Clients of this protocol send it with every request.</summary>
    public const string VersionHeader = "anthropic-version";

    public static readonly string[] Headers = [VersionHeader, "anthropic-beta"];

    // An event of the protocol itself; its clients skip it, before the message begins, too.
    private static readonly byte[] Ping = "event: ping\ndata: {\"type\": \"ping\"}\n\n"u8.ToArray();

    public string Name => "anthropic.messages";

    public string Operation => "chat";

    public IReadOnlyList<string> TokenCaps => ["max_tokens"];

    public string? EndUserField => "metadata.user_id";

    public string CredentialHeader => TokenHeader;

    public IReadOnlyList<string> ForwardedHeaders => Headers;

    /// <summary>Anthropic's own clients mark a request for a beta feature with it.</summary>
    public IReadOnlyList<string> ForwardedQuery => ["beta"];

    public FieldMap RequestFields => MessagesFields.Request;

    public IEnumerable<FieldMap> AnswerFields => [.. MessagesFields.Answer.All, .. MessagesFields.Frames.All];

    public ReadOnlyMemory<byte> KeepAlive(Framing framing) => Ping;

    public PromptReading ReadPrompt(RequestHead head, ReadOnlyMemory<byte> body, RequestLimits limits) =>
        MessagesRequest.Read(body, limits, canStream: true);

    public AnswerReader CreateReader(Framing framing) => new MessagesReader(framing);

    public void WriteError(IBufferWriter<byte> output, GatewayError error) => AnthropicError.Write(output, error);

    public void WriteBlock(IBufferWriter<byte> output, Prompt prompt, DateTimeOffset now, GatewayError error, StreamTail tail)
    {
        if (tail.Finished != 0)
        {
            // Behind message_stop there is no stream any longer.
            return;
        }

        if (!tail.HasBegun)
        {
            WriteEvent(output, "message_start", json => WriteMessage(json, prompt, error));
        }

        if (tail.OpenBlock >= 0)
        {
            WriteEvent(output, "content_block_stop", json => json.WriteNumber("index", tail.OpenBlock));
        }

        WriteEvent(output, "message_delta", json => WriteRefusal(json, error, tail.OutputTokens));
        WriteEvent(output, "message_stop", static _ => { });
    }

    public void WriteStreamFailure(IBufferWriter<byte> output, Prompt prompt, GatewayError error)
    {
        output.Write("event: error\ndata: "u8);
        WriteError(output, error);
        output.Write("\n\n"u8);
    }

    private static void WriteEvent(IBufferWriter<byte> output, string type, Action<Utf8JsonWriter> write)
    {
        output.Write("event: "u8);
        output.Write(System.Text.Encoding.UTF8.GetBytes(type));
        output.Write("\ndata: "u8);
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            json.WriteString("type", type);
            write(json);
            json.WriteEndObject();
        }

        output.Write("\n\n"u8);
    }

    private static void WriteMessage(Utf8JsonWriter json, Prompt prompt, GatewayError error)
    {
        json.WriteStartObject("message");
        json.WriteString("id", $"msg_{error.DecisionId}");
        json.WriteString("type", "message");
        json.WriteString("role", "assistant");
        json.WriteString("model", prompt.Model);
        json.WriteStartArray("content");
        json.WriteEndArray();
        json.WriteNull("stop_reason");
        json.WriteNull("stop_sequence");
        WriteUsage(json, 0, 0);
        json.WriteEndObject();
    }

    private static void WriteRefusal(Utf8JsonWriter json, GatewayError error, long outputTokens)
    {
        json.WriteStartObject("delta");
        json.WriteString("stop_reason", "refusal");
        json.WriteNull("stop_sequence");
        json.WriteStartObject("stop_details");
        json.WriteString("type", "refusal");
        json.WriteString("explanation", error.Message);
        json.WriteString("code", error.Code);
        if (error.Category is null)
        {
            json.WriteNull("category");
        }

        ErrorMembers.Write(json, error);
        json.WriteEndObject();
        json.WriteEndObject();
        WriteUsage(json, null, outputTokens);
    }

    private static void WriteUsage(Utf8JsonWriter json, long? inputTokens, long outputTokens)
    {
        json.WriteStartObject("usage");
        if (inputTokens is { } tokens)
        {
            json.WriteNumber("input_tokens", tokens);
        }

        json.WriteNumber("output_tokens", outputTokens);
        json.WriteEndObject();
    }
}
