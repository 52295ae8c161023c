using System.Buffers;
using System.Text.Json;

namespace PolicyGateway.Dialects.OpenAIChat;

/// <summary>OpenAI's chat completions: <c>POST /v1/chat/completions</c>, as JSON and as server-sent events.</summary>
internal sealed class ChatDialect : IDialect
{
    public string Name => "openai.chat";

    // A comment: clients skip it, and an event of another name would make openai-node's stream helper throw.
    public ReadOnlyMemory<byte> KeepAlive { get; } = ": keep-alive\n\n"u8.ToArray();

    public PromptReading ReadPrompt(ReadOnlyMemory<byte> body, RequestLimits limits)
    {
        using var document = StrictJson.Parse(body, limits.MaxJsonDepth, out var fault);
        if (document is null)
        {
            return GatewayError.Invalid(fault!);
        }

        try
        {
            return ChatRequestReader.Read(document.RootElement, body, limits);
        }
        catch (InvalidOperationException)
        {
            // An escaped lone surrogate: valid JSON, but no text, and backends read it in different ways.
            return GatewayError.Invalid("The body holds text that is not valid Unicode.");
        }
    }

    public Completion ReadCompletion(ReadOnlyMemory<byte> body, bool isStream) =>
        isStream ? ChatCompletionReader.ReadStream(body) : ChatCompletionReader.ReadJson(body);

    public Completion ReadUpstreamError(ReadOnlyMemory<byte> body) => ChatCompletionReader.ReadLeaves(body);

    public void WriteError(IBufferWriter<byte> output, GatewayError error)
    {
        using var json = new Utf8JsonWriter(output);
        OpenAIError.Write(json, error);
    }

    public void WriteBlock(IBufferWriter<byte> output, Prompt prompt, DateTimeOffset now, GatewayError error)
    {
        for (var choice = 0; choice < prompt.Choices; choice++)
        {
            output.Write("data: "u8);
            using (var json = new Utf8JsonWriter(output))
            {
                WriteBlockedChoice(json, prompt, choice, now, error);
            }

            output.Write("\n\n"u8);
        }

        output.Write("data: [DONE]\n\n"u8);
    }

    public void WriteStreamFailure(IBufferWriter<byte> output, GatewayError error)
    {
        output.Write("data: "u8);
        WriteError(output, error);
        output.Write("\n\n"u8);
    }

    private static void WriteBlockedChoice(Utf8JsonWriter json, Prompt prompt, int choice, DateTimeOffset now, GatewayError error)
    {
        json.WriteStartObject();
        json.WriteString("id", $"chatcmpl-{error.DecisionId}");
        json.WriteString("object", "chat.completion.chunk");
        json.WriteNumber("created", now.ToUnixTimeSeconds());
        json.WriteString("model", prompt.Model);
        json.WriteStartArray("choices");
        json.WriteStartObject();
        json.WriteNumber("index", choice);
        json.WriteStartObject("delta");
        json.WriteString("refusal", error.Message);
        json.WriteEndObject();
        json.WriteNull("logprobs");
        json.WriteString("finish_reason", "content_filter");
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
