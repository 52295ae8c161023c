using System.Buffers;
using PolicyGateway.Dialects.Fields;
using PolicyGateway.Dialects.Frames;

namespace PolicyGateway.Dialects.Azure;

/// <summary>
/// Azure OpenAI speaks OpenAI's dialects. What differs is where the model stands (the deployment in the path, where there is
/// one), where the caller's token does, and the version in the query.
/// </summary>
internal sealed class AzureDialect(IDialect openAI) : IDialect
{
    public string Name { get; } = "azure." + openAI.Name[(openAI.Name.IndexOf('.', StringComparison.Ordinal) + 1)..];

    public string Operation => openAI.Operation;

    public IReadOnlyList<string> TokenCaps => openAI.TokenCaps;

    public string? UsageOption => openAI.UsageOption;

    public string? EndUserField => openAI.EndUserField;

    public string CredentialHeader => "api-key";

    public IReadOnlyList<string> ForwardedHeaders => openAI.ForwardedHeaders;

    public IReadOnlyList<string> ForwardedQuery { get; } = ["api-version"];

    public FieldMap RequestFields => openAI.RequestFields;

    public IEnumerable<FieldMap> AnswerFields => openAI.AnswerFields;

    public PromptReading ReadPrompt(RequestHead head, ReadOnlyMemory<byte> body, RequestLimits limits) => openAI.ReadPrompt(head, body, limits);

    public AnswerReader CreateReader(Framing framing) => openAI.CreateReader(framing);

    public ReadOnlyMemory<byte> KeepAlive(Framing framing) => openAI.KeepAlive(framing);

    public void WriteError(IBufferWriter<byte> output, GatewayError error) => openAI.WriteError(output, error);

    public void WriteBlock(IBufferWriter<byte> output, Prompt prompt, DateTimeOffset now, GatewayError error, StreamTail tail) =>
        openAI.WriteBlock(output, prompt, now, error, tail);

    public void WriteStreamFailure(IBufferWriter<byte> output, Prompt prompt, GatewayError error) => openAI.WriteStreamFailure(output, prompt, error);
}
