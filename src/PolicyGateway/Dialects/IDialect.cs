using System.Buffers;

namespace PolicyGateway.Dialects;

/// <summary>A wire protocol: the only code that knows its JSON shapes, its frames and how it says no.</summary>
internal interface IDialect
{
    /// <summary>The name in records and metrics, for example <c>openai.chat</c>.</summary>
    string Name { get; }

    /// <summary>Comment or event that keeps an idle stream open; written at an event border only.</summary>
    ReadOnlyMemory<byte> KeepAlive { get; }

    /// <summary>Reads a request once, strictly: what it does not know is an error or scanned, never guessed at.</summary>
    PromptReading ReadPrompt(ReadOnlyMemory<byte> body, RequestLimits limits);

    /// <summary>Reads a whole answer: every choice, every channel, every frame.</summary>
    Completion ReadCompletion(ReadOnlyMemory<byte> body, bool isStream);

    /// <summary>Reads the body of an answer that is not a success.</summary>
    Completion ReadUpstreamError(ReadOnlyMemory<byte> body);

    /// <summary>An error before the first byte.</summary>
    void WriteError(IBufferWriter<byte> output, GatewayError error);

    /// <summary>A refusal after the first byte: the dialect's own way to end a blocked stream.</summary>
    void WriteBlock(IBufferWriter<byte> output, Prompt prompt, DateTimeOffset now, GatewayError error);

    /// <summary>A failure after the first byte; the connection is aborted behind it.</summary>
    void WriteStreamFailure(IBufferWriter<byte> output, GatewayError error);
}

/// <summary>Bounds on what a dialect reads.</summary>
/// <param name="MaxJsonDepth">Deepest nesting that is parsed.</param>
/// <param name="MaxChoices">Most completions that one request may ask for.</param>
internal readonly record struct RequestLimits(int MaxJsonDepth, int MaxChoices);
