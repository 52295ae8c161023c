using System.Buffers;
using System.Text.Json;
using PolicyGateway.Dialects.Fields;
using PolicyGateway.Dialects.Frames;

namespace PolicyGateway.Dialects.Gemini;

/// <summary>
/// Google's <c>:generateContent</c>, and <c>:streamGenerateContent</c> as a JSON array or, with <c>?alt=sse</c>, as
/// server-sent events. The path says which of them it is, and names the model.
/// </summary>
internal sealed class GeminiDialect(bool streams) : IDialect
{
    // Empty lines: google-genai for Python and for Go take a comment for broken JSON, and all of Google's clients skip these.
    private static readonly byte[] EmptyEvent = "\n\n"u8.ToArray();

    private static readonly byte[] Space = " "u8.ToArray();

    private static readonly AnswerMap Answers = new(GeminiAnswerFields.Answer);

    public string Name => "gemini.generate_content";

    public string Operation => "generate_content";

    public IReadOnlyList<string> TokenCaps => ["generationConfig.maxOutputTokens", "generation_config.max_output_tokens", "generationConfig.max_output_tokens", "generation_config.maxOutputTokens"];

    public string CredentialHeader => "x-goog-api-key";

    public IReadOnlyList<string> ForwardedQuery { get; } = ["alt"];

    public FieldMap RequestFields => GeminiFields.Request;

    public IEnumerable<FieldMap> AnswerFields => [GeminiAnswerFields.Answer];

    public ReadOnlyMemory<byte> KeepAlive(Framing framing) => framing == Framing.Sse ? EmptyEvent : Space;

    public PromptReading ReadPrompt(RequestHead head, ReadOnlyMemory<byte> body, RequestLimits limits) =>
        RequestBody.Read(GeminiFields.Request, body, limits, (root, texts) =>
        {
            var config = root.Find("generationConfig", "generation_config");
            var choices = 1;
            if (FramingOf(head) is not { } framing)
            {
                return GatewayError.Invalid("'alt' must be 'sse' or left out, and a stream is asked for in the path.", "alt");
            }

            if (GeminiModel.Read(head, root, out var fault) is not { } model
                || (config.ValueKind == JsonValueKind.Object && (fault = GeminiModel.Count(config, limits.MaxChoices, out choices)) is not null))
            {
                return fault!;
            }

            return new Prompt(model, framing, choices, texts.ToTexts(), texts.HasUnclassified, body);
        });

    public AnswerReader CreateReader(Framing framing) => new GeminiReader(Answers, framing);

    public void WriteError(IBufferWriter<byte> output, GatewayError error)
    {
        using var json = new Utf8JsonWriter(output);
        GeminiError.Write(json, error);
    }

    public void WriteBlock(IBufferWriter<byte> output, Prompt prompt, DateTimeOffset now, GatewayError error, StreamTail tail)
    {
        int[] open = [.. Enumerable.Range(0, prompt.Choices).Where(choice => choice >= 64 || (tail.Finished >> choice & 1) == 0)];
        if (prompt.Framing == Framing.JsonArray)
        {
            output.Write(open.Length == 0 ? ""u8 : tail.HasBegun ? ","u8 : "["u8);
            WriteBlocked(output, prompt, open, error, tail.Id);
            output.Write(tail.HasBegun || open.Length > 0 ? "]"u8 : "[]"u8);
        }
        else if (open.Length > 0)
        {
            output.Write("data: "u8);
            WriteBlocked(output, prompt, open, error, tail.Id);
            output.Write("\n\n"u8);
        }
    }

    public void WriteStreamFailure(IBufferWriter<byte> output, Prompt prompt, GatewayError error)
    {
        var isArray = prompt.Framing == Framing.JsonArray;
        // Whether an element stands before it is not known here. The connection is aborted in either case, and a reader that
        // finds a second '[' notices at once.
        output.Write(isArray ? "["u8 : "data: "u8);
        WriteError(output, error);
        output.Write(isArray ? "\n"u8 : "\n\n"u8);
    }

    /// <summary>How the answer is cut; null for an <c>alt</c> that is not served.</summary>
    private Framing? FramingOf(RequestHead head) => (streams, head.Alt) switch
    {
        (true, "sse") => Framing.Sse,
        (true, null) => Framing.JsonArray,
        (false, null) => Framing.Json,
        _ => null,
    };

    private static void WriteBlocked(IBufferWriter<byte> output, Prompt prompt, int[] open, GatewayError error, string? id)
    {
        if (open.Length == 0)
        {
            return;
        }

        using var json = new Utf8JsonWriter(output);
        json.WriteStartObject();
        json.WriteStartArray("candidates");
        foreach (var candidate in open)
        {
            json.WriteStartObject();
            json.WriteNumber("index", candidate);
            json.WriteString("finishReason", "SAFETY");
            json.WriteString("finishMessage", error.Message);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteString("modelVersion", prompt.Model);
        json.WriteString("responseId", id ?? error.DecisionId);
        json.WriteEndObject();
    }
}
