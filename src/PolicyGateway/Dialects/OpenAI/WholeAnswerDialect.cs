using System.Buffers;
using System.Text.Json;
using PolicyGateway.Dialects.Fields;
using PolicyGateway.Dialects.Frames;

namespace PolicyGateway.Dialects.OpenAI;

/// <summary>A dialect with OpenAI's errors whose answers never are streams, so that nothing has to be said in the middle of one.</summary>
internal abstract class WholeAnswerDialect : IDialect
{
    public abstract string Name { get; }

    public abstract string Operation { get; }

    public abstract FieldMap RequestFields { get; }

    public abstract IEnumerable<FieldMap> AnswerFields { get; }

    public abstract PromptReading ReadPrompt(RequestHead head, ReadOnlyMemory<byte> body, RequestLimits limits);

    public abstract AnswerReader CreateReader(Framing framing);

    /// <summary>Nothing is sent ahead of a whole body.</summary>
    public ReadOnlyMemory<byte> KeepAlive(Framing framing) => default;

    public void WriteError(IBufferWriter<byte> output, GatewayError error)
    {
        using var json = new Utf8JsonWriter(output);
        OpenAIError.Write(json, error);
    }

    public void WriteBlock(IBufferWriter<byte> output, Prompt prompt, DateTimeOffset now, GatewayError error, StreamTail tail) =>
        WriteError(output, error);

    public void WriteStreamFailure(IBufferWriter<byte> output, Prompt prompt, GatewayError error) => WriteError(output, error);
}
