using System.Buffers;
using System.Text.Json;
using PolicyGateway.Dialects.Fields;
using PolicyGateway.Dialects.Frames;
using PolicyGateway.Dialects.OpenAI;

namespace PolicyGateway.Dialects.OpenAIChat;

/// <summary>OpenAI's chat completions: <c>POST /v1/chat/completions</c>, as JSON and as server-sent events.</summary>
internal sealed class ChatDialect : IDialect
{
    // A comment: clients skip it, and an event of another name would make openai-node's stream helper throw.
    private static readonly byte[] Comment = ": keep-alive\n\n"u8.ToArray();

    private static readonly AnswerMap Whole = new(ChatFields.Completion);

    private static readonly AnswerMap Chunks = new(ChatFields.Chunk);

    public string Name => "openai.chat";

    public string Operation => "chat";

    public IReadOnlyList<string> TokenCaps => ["max_completion_tokens", "max_tokens"];

    public string? UsageOption => "stream_options.include_usage";

    public string? EndUserField => "safety_identifier";

    public FieldMap RequestFields => ChatFields.Request;

    public IEnumerable<FieldMap> AnswerFields => [ChatFields.Completion, ChatFields.Chunk];

    public ReadOnlyMemory<byte> KeepAlive(Framing framing) => Comment;

    public PromptReading ReadPrompt(RequestHead head, ReadOnlyMemory<byte> body, RequestLimits limits) =>
        RequestBody.Read(ChatFields.Request, body, limits, (root, texts) =>
        {
            if (RequestBody.Model(head, root, out var fault) is not { } model
                || (fault = RequestBody.Flag(root, "stream", out var isStream)) is not null
                || (fault = RequestBody.Count(root, "n", limits.MaxChoices, out var choices)) is not null
                || (fault = CheckModalities(root)) is not null
                || (fault = RemoteTools.Check(root)) is not null)
            {
                return fault!;
            }

            return new Prompt(model, isStream ? Framing.Sse : Framing.Json, choices, texts.ToTexts(), texts.HasUnclassified, body);
        });

    public AnswerReader CreateReader(Framing framing) => new ChoicesReader(framing == Framing.Json ? Whole : Chunks, framing);

    public void WriteError(IBufferWriter<byte> output, GatewayError error)
    {
        using var json = new Utf8JsonWriter(output);
        OpenAIError.Write(json, error);
    }

    public void WriteBlock(IBufferWriter<byte> output, Prompt prompt, DateTimeOffset now, GatewayError error, StreamTail tail) =>
        OpenAIStream.WriteBlock(output, prompt, tail, (json, choice) => WriteBlockedChoice(json, prompt, choice, now, error, tail.Id));

    public void WriteStreamFailure(IBufferWriter<byte> output, Prompt prompt, GatewayError error) => OpenAIStream.WriteFailure(output, error);

    private static GatewayError? CheckModalities(JsonElement root)
    {
        if (!root.TryGetProperty("modalities", out var modalities) || modalities.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        var isTextOnly = modalities.ValueKind == JsonValueKind.Array
            && modalities.EnumerateArray().All(static modality => modality.ValueKind == JsonValueKind.String && modality.ValueEquals("text"));
        return isTextOnly
            ? null
            : GatewayError.Invalid("'modalities' other than [\"text\"] are not supported: audio cannot be classified.", "modalities");
    }

    private static void WriteBlockedChoice(Utf8JsonWriter json, Prompt prompt, int choice, DateTimeOffset now, GatewayError error, string? id)
    {
        json.WriteStartObject();
        json.WriteString("id", id ?? $"chatcmpl-{error.DecisionId}");
        json.WriteString("object", "chat.completion.chunk");
        json.WriteNumber("created", now.ToUnixTimeSeconds());
        json.WriteString("model", prompt.Model);
        json.WriteStartArray("choices");
        json.WriteStartObject();
        json.WriteNumber("index", choice);
        json.WriteStartObject("delta");
        // Of a choice that has not begun, openai-node's stream helper throws without one.
        json.WriteString("role", "assistant");
        json.WriteString("refusal", error.Message);
        json.WriteEndObject();
        json.WriteNull("logprobs");
        json.WriteString("finish_reason", "content_filter");
        // An 'error' would be thrown by clients, and the finish reason be lost.
        json.WriteStartObject("refusal_details");
        json.WriteString("code", error.Code);
        ErrorMembers.Write(json, error);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
