using System.Text.Json;
using PolicyGateway.Dialects.Fields;
using PolicyGateway.Dialects.Frames;

namespace PolicyGateway.Dialects.OpenAIEmbeddings;

/// <summary>Reads embeddings. Vectors of one model have one length: others are none, and unclassified.</summary>
internal sealed class EmbeddingsReader(AnswerMap map) : AnswerReader(map, Framing.Json)
{
    private bool _isThere;

    protected override bool IsWhole => _isThere;

    protected override void Observe(string? type, JsonElement frame)
    {
        Usage = OpenAIUsage.Read(frame);
        if (!frame.TryGetProperty("data", out var data) || data.ValueKind != JsonValueKind.Array)
        {
            return;
        }

        _isThere = data.GetArrayLength() > 0;
        int? length = null;
        foreach (var item in data.EnumerateArray())
        {
            // One vector per token, as late interaction has it, differs in length with its text.
            if (!item.TryGetProperty("embedding", out var vector)
                || (vector.ValueKind == JsonValueKind.Array && vector.GetArrayLength() > 0 && vector[0].ValueKind == JsonValueKind.Array))
            {
                continue;
            }

            var dimensions = NumberVector.Dimensions(vector);
            if (dimensions is null or 0 || (length is not null && length != dimensions))
            {
                Texts.MarkUnclassified();
            }

            length = dimensions;
        }
    }
}
