using System.Text.Json;
using PolicyGateway.Dialects.Fields;
using PolicyGateway.Dialects.Frames;
using PolicyGateway.Dialects.OpenAI;

namespace PolicyGateway.Dialects.OpenAIRerank;

/// <summary>Reranking beside OpenAI's protocol: <c>POST /v1/rerank</c>. An answer is whole when it has its results.</summary>
internal sealed class RerankDialect : WholeAnswerDialect
{
    private static readonly AnswerMap Answer = new(RerankFields.Answer);

    public override string Name => "openai.rerank";

    public override string Operation => "rerank";

    public override FieldMap RequestFields => RerankFields.Request;

    public override IEnumerable<FieldMap> AnswerFields => Answer.All;

    public override PromptReading ReadPrompt(RequestHead head, ReadOnlyMemory<byte> body, RequestLimits limits) =>
        RequestBody.Read(RerankFields.Request, body, limits, (root, texts) =>
            RequestBody.Model(root, out var fault) is { } model
                ? new Prompt(model, Framing.Json, 1, texts.ToTexts(), texts.HasUnclassified, body)
                : fault!);

    public override AnswerReader CreateReader(Framing framing) => new Reader();

    private sealed class Reader() : AnswerReader(Answer, Framing.Json)
    {
        private bool _isThere;

        protected override bool IsWhole => _isThere;

        protected override void Observe(string? type, JsonElement frame)
        {
            _isThere = frame.TryGetProperty("results", out var results) && results.ValueKind == JsonValueKind.Array;
            Usage = OpenAIUsage.Read(frame);
        }
    }
}
