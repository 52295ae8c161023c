namespace PolicyGateway.Classification;

/// <summary>A classifier that scores one reading of a text, and can say where in it to look.</summary>
internal interface IWindowedClassifier : IClassifier
{
    /// <summary>The windows of a text, in order; together they hold every character that is scored.</summary>
    /// <param name="input">The text.</param>
    /// <param name="stage">The stage that decided it, as in <see cref="Scores.Stage"/>: each has windows of its own.</param>
    IReadOnlyList<Range> WindowsOf(ClassifierInput input, string stage);

    /// <summary>Scores by themselves the passages that stand out, and says so in <see cref="Scores.Passages"/> of the whole.</summary>
    /// <param name="input">The text.</param>
    /// <param name="whole">What the whole of it scored.</param>
    /// <param name="cancellationToken">The caller's own.</param>
    ValueTask<Scores> ScorePassagesAsync(ClassifierInput input, Scores whole, CancellationToken cancellationToken) => new(whole);
}
