using PolicyGateway.Dialects.Frames;

namespace PolicyGateway.Dialects;

/// <summary>Everything in a request that the model will read, and the very bytes that will be forwarded.</summary>
/// <param name="Model">The model that the caller asked for.</param>
/// <param name="Framing">How the caller asked to have the answer cut.</param>
/// <param name="Choices">How many completions were asked for (<c>n</c>).</param>
/// <param name="Texts">What is judged: each text alone, and where the parts of one message, and messages, meet.</param>
/// <param name="HasUnclassified">Whether something in it cannot be read: images, audio, files, token ids.</param>
/// <param name="Body">The bytes that were parsed, which are the bytes that are forwarded.</param>
internal sealed record Prompt(
    string Model,
    Framing Framing,
    int Choices,
    JudgedTexts Texts,
    bool HasUnclassified,
    ReadOnlyMemory<byte> Body)
{
    /// <summary>How many completions the backend makes of them, of which it may answer the best only.</summary>
    public int Generated { get; init; } = Choices;

    /// <summary>Whether the model is named by the path; then a body may leave it out.</summary>
    public bool IsModelInPath { get; init; }

    /// <summary>Whether the frame that tells a stream's usage was our wish: it stays with us.</summary>
    public bool HidesUsage { get; init; }

    /// <summary>Where a backend is told which person asks, as a dotted path; null where the protocol has no place for it.</summary>
    public string? EndUserField { get; init; }

    public bool IsStream => Framing != Framing.Json;

    /// <summary>All of the prompt as one text, for judging the completion together with it; never logged.</summary>
    public string Whole => Texts.Whole;

    /// <summary>Text does not print itself.</summary>
    public override string ToString() => $"Prompt({Body.Length} bytes)";
}

/// <summary>A prompt, or what is wrong with the request.</summary>
internal readonly record struct PromptReading(Prompt? Prompt, GatewayError? Error)
{
    public static implicit operator PromptReading(Prompt prompt) => new(prompt, null);

    public static implicit operator PromptReading(GatewayError error) => new(null, error);
}
