using PolicyGateway.Dialects.Fields;
using PolicyGateway.Dialects.Frames;
using PolicyGateway.Dialects.OpenAI;

namespace PolicyGateway.Dialects.OpenAIEmbeddings;

/// <summary>OpenAI's embeddings: <c>POST /v1/embeddings</c>.</summary>
internal sealed class EmbeddingsDialect : WholeAnswerDialect
{
    private static readonly AnswerMap Answer = new(EmbeddingsFields.Answer);

    public override string Name => "openai.embeddings";

    public override string Operation => "embeddings";

    public override FieldMap RequestFields => EmbeddingsFields.Request;

    public override IEnumerable<FieldMap> AnswerFields => Answer.All;

    public override PromptReading ReadPrompt(RequestHead head, ReadOnlyMemory<byte> body, RequestLimits limits) =>
        RequestBody.Read(EmbeddingsFields.Request, body, limits, (root, texts) =>
            RequestBody.Model(head, root, out var fault) is not { } model || (fault = TextInput.Count(root, "input", out _)) is not null
                ? fault!
                : new Prompt(model, Framing.Json, 1, texts.ToTexts(), texts.HasUnclassified, body));

    public override AnswerReader CreateReader(Framing framing) => new EmbeddingsReader(Answer);
}
