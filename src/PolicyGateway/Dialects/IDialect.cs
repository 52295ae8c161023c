using System.Buffers;
using PolicyGateway.Dialects.Fields;
using PolicyGateway.Dialects.Frames;

namespace PolicyGateway.Dialects;

/// <summary>A wire protocol: the only code that knows its JSON shapes, its frames and how it says no.</summary>
internal interface IDialect
{
    /// <summary>The name in records and metrics, for example <c>openai.chat</c>.</summary>
    string Name { get; }

    /// <summary><c>gen_ai.operation.name</c>: <c>chat</c>, <c>text_completion</c>, <c>embeddings</c>, <c>generate_content</c>.</summary>
    string Operation { get; }

    /// <summary>The header where clients of this protocol put the caller's token; without it, <c>Authorization: Bearer</c> always works.</summary>
    string CredentialHeader => "Authorization";

    /// <summary>Request headers of this protocol that the backend gets, beside those that every backend gets.</summary>
    IReadOnlyList<string> ForwardedHeaders => [];

    /// <summary>Query parameters of this protocol that the backend gets; every other one is dropped.</summary>
    IReadOnlyList<string> ForwardedQuery => [];

    /// <summary>Fields that bound how much the model writes, as dotted paths; the first is the one that is added where none is there.</summary>
    IReadOnlyList<string> TokenCaps => [];

    /// <summary>The flag that makes a stream tell its usage in a frame of its own, as a dotted path; null where streams tell anyway or never.</summary>
    string? UsageOption => null;

    /// <summary>The field that tells a backend which person asks, as a dotted path; null where the protocol has none.</summary>
    string? EndUserField => null;

    /// <summary>Every field of a request that this dialect knows.</summary>
    FieldMap RequestFields { get; }

    /// <summary>Every field of every frame of an answer that this dialect knows.</summary>
    IEnumerable<FieldMap> AnswerFields { get; }

    /// <summary>Reads a request once, strictly: what it does not know is an error or scanned, never guessed at.</summary>
    PromptReading ReadPrompt(RequestHead head, ReadOnlyMemory<byte> body, RequestLimits limits);

    /// <summary>A reader for one answer, of the framing that the request asked for.</summary>
    AnswerReader CreateReader(Framing framing);

    /// <summary>Comment or event that keeps an idle stream open; written at a frame's border only.</summary>
    ReadOnlyMemory<byte> KeepAlive(Framing framing);

    /// <summary>An error before the first byte.</summary>
    void WriteError(IBufferWriter<byte> output, GatewayError error);

    /// <summary>A refusal after the first byte: the dialect's own way to end a blocked stream.</summary>
    /// <param name="output">Where the frames go.</param>
    /// <param name="prompt">The request: its model, its framing, how many choices it asked for.</param>
    /// <param name="now">For frames that bear a time.</param>
    /// <param name="error">What the caller is told.</param>
    /// <param name="tail">Where the stream stands behind the last frame that was released.</param>
    void WriteBlock(IBufferWriter<byte> output, Prompt prompt, DateTimeOffset now, GatewayError error, StreamTail tail);

    /// <summary>A failure after the first byte; the connection is aborted behind it.</summary>
    void WriteStreamFailure(IBufferWriter<byte> output, Prompt prompt, GatewayError error);
}

/// <summary>What a request says outside its body.</summary>
/// <param name="Model">The model in the path; null where the path has none.</param>
/// <param name="Alt">The query parameter <c>alt</c>; null where it is not there.</param>
internal readonly record struct RequestHead(string? Model = null, string? Alt = null);

/// <summary>Bounds on what a dialect reads.</summary>
/// <param name="MaxJsonDepth">Deepest nesting that is parsed.</param>
/// <param name="MaxChoices">Most completions that one request may ask for.</param>
internal readonly record struct RequestLimits(int MaxJsonDepth, int MaxChoices);

/// <summary>Reads a whole answer at once.</summary>
internal static class DialectExtensions
{
    /// <param name="dialect">How it is read.</param>
    /// <param name="body">The answer.</param>
    /// <param name="framing">How its frames are cut.</param>
    /// <param name="annotations">Takes down what the backend notes in it; null where nobody asks for it.</param>
    public static Completion ReadCompletion(this IDialect dialect, ReadOnlyMemory<byte> body, Framing framing, BackendAnnotations? annotations = null) =>
        Read(dialect, body, framing, annotations).Finish();

    public static AnswerReader Read(this IDialect dialect, ReadOnlyMemory<byte> body, Framing framing, BackendAnnotations? annotations = null)
    {
        var reader = dialect.CreateReader(framing);
        reader.Annotations = annotations;
        var frames = new FrameSplitter(framing);
        for (int length; (length = frames.Next(body.Span)) > 0; body = body[length..])
        {
            reader.Read(body[..length]);
        }

        // What stands behind the last border is a frame to clients that read to the end.
        if (body.Length > 0 || framing == Framing.Json)
        {
            reader.Read(body);
        }

        return reader;
    }
}
