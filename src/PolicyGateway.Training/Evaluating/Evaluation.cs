namespace PolicyGateway.Training.Evaluating;

/// <summary>The evaluation that a bundle ships with: evaluation.json.</summary>
/// <param name="UnseenHeads">Per head, over rows scored by a model that saw neither their source nor its kin.</param>
/// <param name="UnseenSources">The same rows per source.</param>
/// <param name="UnseenLanguages">The same rows per language.</param>
/// <param name="Development">The shipped weights on the development splits, whose sources they partly saw.</param>
internal sealed record Evaluation(
    IReadOnlyList<HeadReport> UnseenHeads,
    IReadOnlyList<GroupReport> UnseenSources,
    IReadOnlyList<GroupReport> UnseenLanguages,
    IReadOnlyList<GroupReport> Development)
{
    public string ToMarkdown() =>
        "### Sources that the model did not see, by head\n\n" + HeadReport.Table(UnseenHeads)
        + "\n### Sources that the model did not see, by source\n\n" + GroupReport.Table("source", UnseenSources)
        + "\n### Sources that the model did not see, by language\n\n" + GroupReport.Table("language", UnseenLanguages)
        + "\n### Development splits, whose sources it partly saw\n\n" + GroupReport.Table("rows", Development);
}
