namespace PolicyGateway.Policy;

/// <summary>What a backend says of its answer, as a score of one of the classifier's heads.</summary>
/// <param name="Source">Cluster and annotation or header, for example <c>azure/jailbreak</c>; a name from configuration.</param>
/// <param name="Head">The head that it speaks of.</param>
/// <param name="Score">0 to 1, on the scale of that head's thresholds.</param>
internal readonly record struct Signal(string Source, string Head, float Score);

/// <summary>What a signal did to a verdict.</summary>
internal enum SignalEffect
{
    /// <summary>The verdict would have been the same.</summary>
    None,

    /// <summary>Something is found, or graver, that was not.</summary>
    Stricter,

    /// <summary>A doubt is gone; only the operator's own guard does that.</summary>
    Cleared,
}

/// <summary>One thing from outside the classifier that went into a verdict, for records and traces.</summary>
/// <param name="Source">Who said it: a backend's signal, or <c>guard</c>.</param>
/// <param name="Subject">The head that it spoke of; for the guard the category that was most in doubt.</param>
/// <param name="Score">What it said of the head; for the guard how much that category was in doubt.</param>
/// <param name="Effect">What came of it.</param>
internal readonly record struct FusedSignal(string Source, string Subject, float Score, SignalEffect Effect)
{
    /// <summary>As traces have it: source, subject, effect.</summary>
    public override string ToString() => $"{Source}:{Subject}:{Effect.Name()}";
}

/// <summary>The names of effects in records and traces.</summary>
internal static class SignalNames
{
    public static string Name(this SignalEffect effect) => effect switch
    {
        SignalEffect.Stricter => "stricter",
        SignalEffect.Cleared => "cleared",
        _ => "none",
    };
}
