using System.Buffers;
using System.Text.Json;
using PolicyGateway.Dialects.Fields;
using PolicyGateway.Dialects.Frames;

namespace PolicyGateway.Dialects.Gemini;

/// <summary>Google's <c>:countTokens</c>: the request is read like one that is answered, and the answer is a number.</summary>
internal sealed class GeminiCountDialect : IDialect
{
    private static readonly AnswerMap Answers = new(GeminiAnswerFields.Count);

    public string Name => "gemini.count_tokens";

    public string Operation => "count_tokens";

    public string CredentialHeader => "x-goog-api-key";

    public FieldMap RequestFields => GeminiFields.CountRequest;

    public IEnumerable<FieldMap> AnswerFields => [GeminiAnswerFields.Count];

    public ReadOnlyMemory<byte> KeepAlive(Framing framing) => default;

    public PromptReading ReadPrompt(RequestHead head, ReadOnlyMemory<byte> body, RequestLimits limits) =>
        RequestBody.Read(GeminiFields.CountRequest, body, limits, (root, texts) =>
        {
            var nested = root.Find("generateContentRequest", "generate_content_request");
            if (head.Alt is not null)
            {
                return GatewayError.Invalid("'alt' must be left out.", "alt");
            }

            if (GeminiModel.Read(head, root, out var fault) is not { } model
                || (nested.ValueKind == JsonValueKind.Object && GeminiModel.Read(head, nested, out fault) is null))
            {
                return fault!;
            }

            return root.TryGetProperty("contents", out _) == (nested.ValueKind == JsonValueKind.Object)
                ? GatewayError.Invalid("Either 'contents' or 'generateContentRequest' must be there.", "contents")
                : new Prompt(model, Framing.Json, 1, texts.ToTexts(), texts.HasUnclassified, body);
        });

    public AnswerReader CreateReader(Framing framing) => new CountReader(Answers, framing);

    public void WriteError(IBufferWriter<byte> output, GatewayError error)
    {
        using var json = new Utf8JsonWriter(output);
        GeminiError.Write(json, error);
    }

    public void WriteBlock(IBufferWriter<byte> output, Prompt prompt, DateTimeOffset now, GatewayError error, StreamTail tail) =>
        WriteError(output, error);

    public void WriteStreamFailure(IBufferWriter<byte> output, Prompt prompt, GatewayError error) => WriteError(output, error);

    /// <summary>A count is whole when it is there, and the map requires it.</summary>
    private sealed class CountReader(AnswerMap map, Framing framing) : AnswerReader(map, framing)
    {
        protected override bool IsWhole => Tail.HasBegun;

        protected override void Observe(string? type, JsonElement frame) => Tail = Tail with { HasBegun = true };
    }
}
