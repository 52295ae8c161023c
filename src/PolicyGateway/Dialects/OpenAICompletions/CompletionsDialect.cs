using System.Buffers;
using System.Text.Json;
using PolicyGateway.Dialects.Fields;
using PolicyGateway.Dialects.Frames;
using PolicyGateway.Dialects.OpenAI;

namespace PolicyGateway.Dialects.OpenAICompletions;

/// <summary>OpenAI's plain completions: <c>POST /v1/completions</c>, as JSON and as server-sent events.</summary>
internal sealed class CompletionsDialect : IDialect
{
    private static readonly byte[] Comment = ": keep-alive\n\n"u8.ToArray();

    private static readonly AnswerMap Answer = new(CompletionsFields.Answer);

    public string Name => "openai.completions";

    public string Operation => "text_completion";

    public IReadOnlyList<string> TokenCaps => ["max_tokens"];

    public string? UsageOption => "stream_options.include_usage";

    public FieldMap RequestFields => CompletionsFields.Request;

    public IEnumerable<FieldMap> AnswerFields => Answer.All;

    public ReadOnlyMemory<byte> KeepAlive(Framing framing) => Comment;

    public PromptReading ReadPrompt(RequestHead head, ReadOnlyMemory<byte> body, RequestLimits limits) =>
        RequestBody.Read(CompletionsFields.Request, body, limits, (root, texts) =>
        {
            if (RequestBody.Model(head, root, out var fault) is not { } model
                || (fault = RequestBody.Flag(root, "stream", out var isStream)) is not null
                || (fault = RequestBody.Count(root, "n", limits.MaxChoices, out var perPrompt)) is not null
                || (fault = RequestBody.Count(root, "best_of", limits.MaxChoices, out var bestOf)) is not null
                || (fault = TextInput.Count(root, "prompt", out var prompts)) is not null)
            {
                return fault!;
            }

            // Each prompt is answered n times, and the choices are numbered through.
            if ((long)prompts * perPrompt > limits.MaxChoices)
            {
                return GatewayError.Invalid($"The prompts times 'n' must be at most {limits.MaxChoices} completions.", "prompt");
            }

            return new Prompt(model, isStream ? Framing.Sse : Framing.Json, prompts * perPrompt, texts.ToTexts(), texts.HasUnclassified, body) { Generated = prompts * Math.Max(perPrompt, bestOf) };
        });

    public AnswerReader CreateReader(Framing framing) => new ChoicesReader(Answer, framing);

    public void WriteError(IBufferWriter<byte> output, GatewayError error)
    {
        using var json = new Utf8JsonWriter(output);
        OpenAIError.Write(json, error);
    }

    public void WriteBlock(IBufferWriter<byte> output, Prompt prompt, DateTimeOffset now, GatewayError error, StreamTail tail) =>
        OpenAIStream.WriteBlock(output, prompt, tail, (json, choice) => WriteBlockedChoice(json, prompt, choice, now, tail.Id ?? $"cmpl-{error.DecisionId}"));

    public void WriteStreamFailure(IBufferWriter<byte> output, Prompt prompt, GatewayError error) => OpenAIStream.WriteFailure(output, error);

    /// <summary>The protocol has no place for a message beside the text, where one would be taken for the model's.</summary>
    private static void WriteBlockedChoice(Utf8JsonWriter json, Prompt prompt, int choice, DateTimeOffset now, string id)
    {
        json.WriteStartObject();
        json.WriteString("id", id);
        json.WriteString("object", "text_completion");
        json.WriteNumber("created", now.ToUnixTimeSeconds());
        json.WriteString("model", prompt.Model);
        json.WriteStartArray("choices");
        json.WriteStartObject();
        json.WriteNumber("index", choice);
        json.WriteString("text", "");
        json.WriteNull("logprobs");
        json.WriteString("finish_reason", "content_filter");
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
