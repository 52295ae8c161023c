using System.Buffers;
using System.Text.Json;
using PolicyGateway.Dialects.Fields;
using PolicyGateway.Dialects.Frames;
using PolicyGateway.Dialects.OpenAI;

namespace PolicyGateway.Dialects.OpenAIResponses;

/// <summary>OpenAI's responses: <c>POST /v1/responses</c>, as JSON and as server-sent events.</summary>
internal sealed class ResponsesDialect : IDialect
{
    // A comment: clients skip it, and an event of a type that it does not know makes openai-node's stream helper throw.
    private static readonly byte[] Comment = ": keep-alive\n\n"u8.ToArray();

    private static readonly AnswerMap Whole = new(ResponsesAnswerFields.Whole);

    private static readonly AnswerMap Events = new("type", ResponsesAnswerFields.Events);

    public string Name => "openai.responses";

    public string Operation => "chat";

    public IReadOnlyList<string> TokenCaps => ["max_output_tokens"];

    public string? EndUserField => "safety_identifier";

    public FieldMap RequestFields => ResponsesRequestFields.Map;

    public IEnumerable<FieldMap> AnswerFields => [.. Whole.All, .. Events.All];

    public ReadOnlyMemory<byte> KeepAlive(Framing framing) => Comment;

    public PromptReading ReadPrompt(RequestHead head, ReadOnlyMemory<byte> body, RequestLimits limits) =>
        RequestBody.Read(ResponsesRequestFields.Map, body, limits, (root, texts) =>
            RequestBody.Model(root, out var fault) is not { } model
            || (fault = RequestBody.Flag(root, "stream", out var isStream)) is not null
            || (fault = CheckItems(root)) is not null
            || (fault = RemoteTools.Check(root)) is not null
                ? fault!
                : new Prompt(model, isStream ? Framing.Sse : Framing.Json, 1, texts.ToTexts(), texts.HasUnclassified, body));

    public AnswerReader CreateReader(Framing framing) => new ResponsesReader(framing == Framing.Json ? Whole : Events, framing);

    public void WriteError(IBufferWriter<byte> output, GatewayError error)
    {
        using var json = new Utf8JsonWriter(output);
        OpenAIError.Write(json, error);
    }

    public void WriteBlock(IBufferWriter<byte> output, Prompt prompt, DateTimeOffset now, GatewayError error, StreamTail tail) =>
        ResponsesBlock.Write(output, prompt, now, error, tail);

    /// <summary>With the event's own members and with <c>error</c>: of the clients, some throw for the one and some for the other.</summary>
    public void WriteStreamFailure(IBufferWriter<byte> output, Prompt prompt, GatewayError error)
    {
        output.Write("event: error\ndata: "u8);
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            json.WriteString("type", "error");
            json.WriteString("code", error.Code);
            json.WriteString("message", error.Message);
            json.WriteString("param", error.Param);
            json.WriteNumber("sequence_number", 0);
            OpenAIError.WriteMember(json, error);
            json.WriteEndObject();
        }

        output.Write("\n\n"u8);
    }

    /// <summary>
    /// An item says all that the model is to read of it. One without a type is a message, or else it refers to an item that
    /// is kept elsewhere, whether it says so or not.
    /// </summary>
    private static GatewayError? CheckItems(JsonElement root)
    {
        if (!root.TryGetProperty("input", out var input) || input.ValueKind == JsonValueKind.String)
        {
            return null;
        }

        foreach (var item in input.EnumerateArray())
        {
            var type = item.TryGetProperty("type", out var given) && given.ValueKind == JsonValueKind.String ? given.GetString() : null;
            if (type == "item_reference" || (type is null or "message" && !(item.TryGetProperty("role", out _) && item.TryGetProperty("content", out _))))
            {
                return GatewayError.Invalid(
                    "Items are not kept here: send each item of 'input' itself, not a reference to it (client libraries do so with 'store' set to false).", "input");
            }
        }

        return null;
    }
}
