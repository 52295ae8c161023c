namespace PolicyGateway.Classification;

/// <summary>The waist between the gateway and the judge: a text in, calibrated probabilities out. Never throws for a text.</summary>
public interface IClassifier : IAsyncDisposable
{
    /// <summary>What the loaded bundle offers; constant for the life of the classifier.</summary>
    ClassifierProfile Profile { get; }

    /// <summary>Whether the classifier is warm and answers at its usual speed.</summary>
    bool IsReady { get; }

    /// <summary>Loads code paths and arenas with real texts, so that the first request costs what the thousandth does.</summary>
    Task WarmUpAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Scores one text. Failure, lateness and overload are results (<see cref="Scores.IsUnknown"/>), not exceptions;
    /// only the caller's own cancellation throws.
    /// </summary>
    ValueTask<Scores> ClassifyAsync(ClassifierInput input, CancellationToken cancellationToken);
}

/// <summary>One text to score.</summary>
/// <param name="Kind">Which side of the exchange the text stands on.</param>
/// <param name="Text">The text; may be empty, is windowed and never truncated.</param>
/// <param name="Prompt">For a completion, the prompt that it answers; empty otherwise.</param>
public readonly record struct ClassifierInput(TextKind Kind, ReadOnlyMemory<char> Text, ReadOnlyMemory<char> Prompt = default)
{
    private readonly string? _owner;

    /// <summary>Whose text it is, for example the tenant: scores are remembered for each apart. Empty by default.</summary>
    public string Owner
    {
        get => _owner ?? "";
        init => _owner = value;
    }

    /// <summary>When all of it is to be done; null begins the time with the call.</summary>
    internal Deadline? Deadline { get; init; }

    /// <summary>The same, to be done within so much time from now, with all other texts that are scored by this input.</summary>
    public ClassifierInput Within(TimeSpan limit, TimeProvider time) => this with { Deadline = new Deadline(time, limit) };

    /// <summary>Whether a client has something to read while it waits: what keeps one from its first byte comes before it.</summary>
    public bool IsLater { get; init; }
}
