using System.Text.Json;
using PolicyGateway.Dialects.Fields;
using PolicyGateway.Dialects.Frames;

namespace PolicyGateway.Dialects.Ollama;

/// <summary>Reads embeddings, one or several. Vectors of one model have one length: others are none, and unclassified.</summary>
internal sealed class OllamaEmbedReader(AnswerMap map) : AnswerReader(map, Framing.Json)
{
    private bool _isThere;

    protected override bool IsWhole => _isThere;

    protected override void Observe(string? type, JsonElement frame)
    {
        _isThere = true;
        Usage = new TokenUsage(OllamaReader.Count(frame, "prompt_eval_count"), 0);
        if (!frame.TryGetProperty("embeddings", out var vectors))
        {
            return;
        }

        if (vectors.ValueKind != JsonValueKind.Array
            || vectors.EnumerateArray().Select(NumberVector.Dimensions).Distinct().Skip(1).Any()
            || vectors.EnumerateArray().Any(static vector => vector.ValueKind != JsonValueKind.Array))
        {
            Texts.MarkUnclassified();
        }
    }
}
