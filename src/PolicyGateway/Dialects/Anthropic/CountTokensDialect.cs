using System.Buffers;
using PolicyGateway.Dialects.Fields;
using PolicyGateway.Dialects.Frames;

namespace PolicyGateway.Dialects.Anthropic;

/// <summary>
/// How many tokens a request for a message has: <c>POST /v1/messages/count_tokens</c>. The same request, which is judged the
/// same, and a number for an answer.
/// </summary>
/// <param name="messages">What it has in common with messages: errors and headers.</param>
internal sealed class CountTokensDialect(MessagesDialect messages) : IDialect
{
    public string Name => "anthropic.count_tokens";

    public string Operation => "count_tokens";

    public string CredentialHeader => messages.CredentialHeader;

    public IReadOnlyList<string> ForwardedHeaders => messages.ForwardedHeaders;

    public IReadOnlyList<string> ForwardedQuery => messages.ForwardedQuery;

    public FieldMap RequestFields => MessagesFields.Request;

    public IEnumerable<FieldMap> AnswerFields => MessagesFields.Count.All;

    public ReadOnlyMemory<byte> KeepAlive(Framing framing) => messages.KeepAlive(framing);

    public PromptReading ReadPrompt(RequestHead head, ReadOnlyMemory<byte> body, RequestLimits limits) =>
        MessagesRequest.Read(body, limits, canStream: false);

    public AnswerReader CreateReader(Framing framing) => new CountReader();

    public void WriteError(IBufferWriter<byte> output, GatewayError error) => messages.WriteError(output, error);

    public void WriteBlock(IBufferWriter<byte> output, Prompt prompt, DateTimeOffset now, GatewayError error, StreamTail tail) =>
        messages.WriteBlock(output, prompt, now, error, tail);

    public void WriteStreamFailure(IBufferWriter<byte> output, Prompt prompt, GatewayError error) =>
        messages.WriteStreamFailure(output, prompt, error);
}
