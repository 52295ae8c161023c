namespace PolicyGateway.Classification;

/// <summary>Which side of the exchange a text stands on; the two are calibrated separately.</summary>
public enum TextKind
{
    /// <summary>What a caller sends to a model.</summary>
    Prompt,

    /// <summary>What a model answers.</summary>
    Completion,
}
