namespace PolicyGateway.Classification.Encoder;

/// <summary>How an encoder takes a text.</summary>
/// <param name="MaxTokens">Tokens of one window, the special ones counted: what the model was trained on. 16 to 512.</param>
/// <param name="ContextTokens">Tokens of the prompt's end before a completion, at most. 0 to half of a window.</param>
internal sealed record EncoderSpec(int MaxTokens, int ContextTokens)
{
    /// <summary>The token in front of everything, <c>&lt;s&gt;</c>.</summary>
    public const int Begin = 0;

    /// <summary>Fills a window up; masked.</summary>
    public const int Padding = 1;

    /// <summary>The token behind a prompt and behind a completion, <c>&lt;/s&gt;</c>.</summary>
    public const int End = 2;

    /// <summary>Stands for characters that are in no piece.</summary>
    public const int Unknown = 3;
}
