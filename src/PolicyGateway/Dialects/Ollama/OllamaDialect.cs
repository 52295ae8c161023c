using System.Buffers;
using System.Globalization;
using System.Text.Json;
using PolicyGateway.Dialects.Fields;
using PolicyGateway.Dialects.Frames;

namespace PolicyGateway.Dialects.Ollama;

/// <summary>
/// Ollama's <c>/api/chat</c> and <c>/api/generate</c>: one JSON object or, unless told otherwise, a line for each piece of the
/// answer. They differ in what a request holds and in where an answer has its text.
/// </summary>
internal sealed class OllamaDialect : IDialect
{
    public static readonly OllamaDialect Chat = new("ollama.chat", "chat", OllamaFields.ChatRequest, OllamaFields.ChatAnswer, static json =>
    {
        json.WriteStartObject("message");
        json.WriteString("role", "assistant");
        json.WriteString("content", "");
        json.WriteEndObject();
    });

    public static readonly OllamaDialect Generate = new(
        "ollama.generate", "text_completion", OllamaFields.GenerateRequest, OllamaFields.GenerateAnswer, static json => json.WriteString("response", ""));

    // Leads the next line, where JSON has room for it; ollama-python takes an empty line for a broken one.
    private static readonly byte[] Space = " "u8.ToArray();

    private readonly AnswerMap _answer;
    private readonly Action<Utf8JsonWriter> _writeEmpty;

    /// <param name="name">The name in records.</param>
    /// <param name="operation">What is done there.</param>
    /// <param name="request">The fields of its requests.</param>
    /// <param name="answer">The fields of its answers and of their frames.</param>
    /// <param name="writeEmpty">Writes the text of a frame that has none.</param>
    private OllamaDialect(string name, string operation, FieldMap request, FieldMap answer, Action<Utf8JsonWriter> writeEmpty)
    {
        (Name, Operation, RequestFields, _writeEmpty) = (name, operation, request, writeEmpty);
        _answer = new AnswerMap(answer);
    }

    public string Name { get; }

    public string Operation { get; }

    public IReadOnlyList<string> TokenCaps => ["options.num_predict"];

    public FieldMap RequestFields { get; }

    public IEnumerable<FieldMap> AnswerFields => _answer.All;

    public ReadOnlyMemory<byte> KeepAlive(Framing framing) => Space;

    public PromptReading ReadPrompt(RequestHead head, ReadOnlyMemory<byte> body, RequestLimits limits) =>
        RequestBody.Read(RequestFields, body, limits, (root, texts) =>
        {
            if (RequestBody.Model(root, out var fault) is not { } model || (fault = RequestBody.Flag(root, "stream", out var isStream)) is not null)
            {
                return fault!;
            }

            isStream |= !root.TryGetProperty("stream", out var stream) || stream.ValueKind == JsonValueKind.Null;
            return new Prompt(model, isStream ? Framing.Ndjson : Framing.Json, 1, texts.ToTexts(), texts.HasUnclassified, body);
        });

    public AnswerReader CreateReader(Framing framing) => new OllamaReader(_answer, framing);

    public void WriteError(IBufferWriter<byte> output, GatewayError error)
    {
        using var json = new Utf8JsonWriter(output);
        OllamaError.Write(json, error);
    }

    public void WriteBlock(IBufferWriter<byte> output, Prompt prompt, DateTimeOffset now, GatewayError error, StreamTail tail)
    {
        if (tail.Finished != 0)
        {
            return;
        }

        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            json.WriteString("model", prompt.Model);
            json.WriteString("created_at", now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
            _writeEmpty(json);
            json.WriteBoolean("done", true);
            json.WriteString("done_reason", "content_filter");
            // No place of the protocol's own: in its text this would be taken for the model's.
            json.WriteString("refusal", error.Message);
            json.WriteString("code", error.Code);
            ErrorMembers.Write(json, error);
            json.WriteEndObject();
        }

        output.Write("\n"u8);
    }

    public void WriteStreamFailure(IBufferWriter<byte> output, Prompt prompt, GatewayError error)
    {
        WriteError(output, error);
        output.Write("\n"u8);
    }
}
