using System.Buffers;
using System.Text.Json;
using PolicyGateway.Dialects.Fields;
using PolicyGateway.Dialects.Frames;

namespace PolicyGateway.Dialects.Ollama;

/// <summary>Ollama's embeddings: <c>/api/embed</c>, and <c>/api/embeddings</c> from before it. Never a stream.</summary>
internal sealed class OllamaEmbedDialect : IDialect
{
    public static readonly OllamaEmbedDialect Many = new(OllamaFields.EmbedRequest, OllamaFields.EmbedAnswer);

    public static readonly OllamaEmbedDialect One = new(OllamaFields.EmbeddingsRequest, OllamaFields.EmbeddingsAnswer);

    private readonly AnswerMap _answer;

    private OllamaEmbedDialect(FieldMap request, FieldMap answer) => (RequestFields, _answer) = (request, new AnswerMap(answer));

    public string Name => "ollama.embed";

    public string Operation => "embeddings";

    public FieldMap RequestFields { get; }

    public IEnumerable<FieldMap> AnswerFields => _answer.All;

    /// <summary>Nothing is sent ahead of a whole body.</summary>
    public ReadOnlyMemory<byte> KeepAlive(Framing framing) => default;

    public PromptReading ReadPrompt(RequestHead head, ReadOnlyMemory<byte> body, RequestLimits limits) =>
        RequestBody.Read(RequestFields, body, limits, (root, texts) => RequestBody.Model(root, out var fault) is { } model
            ? new Prompt(model, Framing.Json, 1, texts.ToTexts(), texts.HasUnclassified, body)
            : fault!);

    public AnswerReader CreateReader(Framing framing) => new OllamaEmbedReader(_answer);

    public void WriteError(IBufferWriter<byte> output, GatewayError error)
    {
        using var json = new Utf8JsonWriter(output);
        OllamaError.Write(json, error);
    }

    public void WriteBlock(IBufferWriter<byte> output, Prompt prompt, DateTimeOffset now, GatewayError error, StreamTail tail) =>
        WriteError(output, error);

    public void WriteStreamFailure(IBufferWriter<byte> output, Prompt prompt, GatewayError error) => WriteError(output, error);
}
