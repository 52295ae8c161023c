namespace PolicyGateway.Dialects;

/// <summary>Everything in a backend's answer that the client will be able to read.</summary>
/// <param name="Texts">What is judged: each channel of each choice, and where channels and choices meet.</param>
/// <param name="HasUnclassified">Whether something in it cannot be read, such as audio data or an array of token ids.</param>
/// <param name="Fault">What is wrong with the answer, as a constant sentence; null when it is whole and of the dialect.</param>
internal sealed record Completion(JudgedTexts Texts, bool HasUnclassified, string? Fault)
{
    /// <summary>Tokens as the backend counts them; null where it does not say.</summary>
    public TokenUsage? Usage { get; init; }

    public static IReadOnlySet<string> NoAnnotations { get; } = new HashSet<string>();

    /// <summary>What the backend notes of it in the fields of its protocol, of <see cref="BackendAnnotations.Names"/>; empty where nobody asked.</summary>
    public IReadOnlySet<string> Annotations { get; init; } = NoAnnotations;

    public static Completion Broken(string fault) => new([], true, fault);

    /// <summary>All of it as one text; never logged.</summary>
    public string Whole => Texts.Whole;

    /// <summary>Text does not print itself.</summary>
    public override string ToString() => $"Completion({Texts.Count} texts)";
}
