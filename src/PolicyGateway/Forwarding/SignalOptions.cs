namespace PolicyGateway.Forwarding;

/// <summary>
/// One thing that a cluster's servers say of their answers and that counts: an annotation in the fields of the protocol, or
/// a response header with a score. Neither can make a verdict less strict.
/// </summary>
internal sealed class SignalOptions
{
    /// <summary>What the backend notes of a prompt or an answer, one of <see cref="Dialects.BackendAnnotations.Names"/>; or see <see cref="Header"/>.</summary>
    public string? Annotation { get; set; }

    /// <summary>A response header with a score from 0 to 1, once; sent twice or in any other form it counts as 1. It stays here.</summary>
    public string? Header { get; set; }

    /// <summary>The classifier's head that it speaks of: a category, <c>flagged</c> or <c>prohibited</c>.</summary>
    public string Head { get; set; } = "";

    /// <summary>The score that an annotation counts for, above 0 and up to 1, on the scale of the head's thresholds. A header brings its own.</summary>
    public float Score { get; set; } = 1;
}
