namespace PolicyGateway.Classification;

/// <summary>A classifier that can say where it cuts a text, for whoever explains what it said.</summary>
internal interface IWindowedClassifier : IClassifier
{
    /// <summary>The windows of a text, in order; together they hold every character that is scored.</summary>
    /// <param name="input">The text.</param>
    /// <param name="stage">The stage that decided it, as in <see cref="Scores.Stage"/>: each has windows of its own.</param>
    IReadOnlyList<Range> WindowsOf(ClassifierInput input, string stage);
}
