using PolicyGateway.Classification;
using PolicyGateway.Policy;

namespace PolicyGateway.Tests.Policy;

public sealed class PolicyJudgeTests
{
    private static readonly PolicySnapshot Small = ThePolicy.Load(ThePolicy.Small);

    [Theory]
    [InlineData(0f, Band.Clear)]
    [InlineData(0.2999999f, Band.Clear)]
    [InlineData(0.3f, Band.Uncertain)]
    [InlineData(0.5999999f, Band.Uncertain)]
    [InlineData(0.6f, Band.Flagged)]
    [InlineData(1f, Band.Flagged)]
    internal void A_threshold_belongs_to_the_band_above_it(float probability, Band expected) =>
        Assert.Equal(expected, Small.Judge(ThePolicy.Scores(("cyber", probability))).Leading?.Band ?? Band.Clear);

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(-0.0001f)]
    [InlineData(1.0001f)]
    [InlineData(float.PositiveInfinity)]
    public void What_is_no_probability_is_no_verdict(float value)
    {
        var verdict = Small.Judge(ThePolicy.Scores(("adult", value)));

        Assert.True(verdict.IsUnknown);
        Assert.Equal(Severity.Prohibited, verdict.Severity);
    }

    [Fact]
    public void Too_few_scores_too_many_and_none_are_no_verdict()
    {
        var scores = ThePolicy.Scores();

        Assert.True(Small.Judge(scores with { Probabilities = scores.Probabilities.RemoveAt(0) }).IsUnknown);
        Assert.True(Small.Judge(scores with { Probabilities = scores.Probabilities.Add(0) }).IsUnknown);
        Assert.True(Small.Judge(scores with { Probabilities = default }).IsUnknown);
        Assert.Equal(UnknownReason.QueueFull, Small.Judge(Scores.Unknown(UnknownReason.QueueFull, "s", "m")).UnknownReason);
    }

    [Fact]
    public void A_clear_text_costs_no_allocation()
    {
        var scores = ThePolicy.Scores(("cyber", 0.2f));
        var first = Small.Judge(scores);

        // The least of several attempts: a collection that another test causes counts the rest of this thread's buffer as allocated.
        Assert.Equal(0, Enumerable.Range(0, 5).Min(_ =>
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 1000; i++)
            {
                Small.Judge(scores);
            }

            return GC.GetAllocatedBytesForCurrentThread() - before;
        }));
        Assert.Same(first, Small.Judge(scores));
        Assert.NotSame(first, Small.Judge(scores with { Stage = "encoder" }));
    }

    [Theory]
    [InlineData(0.6f, 0.69f, Severity.DualUse)]
    [InlineData(0.6f, 0.70f, Severity.Prohibited)]
    [InlineData(0.59f, 0.99f, Severity.Benign)]
    internal void The_line_to_prohibited_is_the_policys(float cyber, float prohibited, Severity expected) =>
        Assert.Equal(expected, Small.Judge(ThePolicy.Scores(("cyber", cyber), ("prohibited", prohibited))).Severity);

    [Fact]
    public void A_rule_without_a_bound_takes_the_bundles_threshold_and_reaches_what_is_nested()
    {
        var policy = ThePolicy.Load("""
            {"name":"n","severity":[{"severity":"prohibited","category":"cyber","head":"prohibited"}],"categories":{"cyber":{},"cyber.malware":{},"bio":{}}}
            """);

        Assert.All(policy.Judge(ThePolicy.Scores(("cyber", 0.6f), ("prohibited", 0.59f))).Findings, found => Assert.Equal(Severity.DualUse, found.Severity));
        Assert.All(policy.Judge(ThePolicy.Scores(("cyber", 0.6f), ("prohibited", 0.6f))).Findings, found => Assert.Equal(Severity.Prohibited, found.Severity));
        Assert.Equal(Severity.DualUse, policy.Judge(ThePolicy.Scores(("bio", 0.6f), ("prohibited", 0.9f))).Severity);
    }

    [Fact]
    public void A_nested_category_takes_from_its_parent_what_it_leaves_out()
    {
        var policy = ThePolicy.Load("""
            {"name":"n","categories":{
              "cyber.malware":{"completion":{"uncertain":"refuse"}},
              "cyber":{"threshold":{"flagged":0.8},"requires":{"tier":"verified","any_of":["researcher"]},"prompt":{"flagged":"hold"},"completion":{"uncertain":"log"}}}}
            """);

        var findings = policy.Judge(ThePolicy.Scores(("cyber", 0.8f))).Findings;

        Assert.Equal(["cyber", "cyber.malware"], findings.Select(found => found.Category));
        Assert.All(findings, found => Assert.Equal(Band.Flagged, found.Band));
        Assert.All(policy.Judge(ThePolicy.Scores(("cyber", 0.79f))).Findings, found => Assert.Equal(Band.Uncertain, found.Band));
        Assert.True(PolicyTable.ClearanceOf(policy, ThePolicy.Someone("verified", "researcher"), ThePolicy.Now).Opens("cyber.malware"));

        var nested = policy.Categories.Single(category => category.Id == "cyber.malware");
        Assert.True(nested.InheritsScore);
        Assert.Equal("categories.cyber.prompt.flagged", nested.Prompt.Flagged.Key);
        Assert.Equal("categories.cyber.malware.completion.uncertain", nested.Completion.Uncertain.Key);
    }

    [Fact]
    public void A_text_flagged_in_no_category_counts_as_the_fallback_which_is_closed_where_the_policy_has_none()
    {
        var without = ThePolicy.Load("""{"name":"n","categories":{"cyber":{}}}""");

        Assert.Equal(("other", Band.Flagged), Leading(Small.Judge(ThePolicy.Scores(("flagged", 0.6f)))));
        Assert.Equal(("other", Band.Uncertain), Leading(Small.Judge(ThePolicy.Scores(("flagged", 0.5f)))));
        Assert.Equal(("other", Band.Flagged), Leading(without.Judge(ThePolicy.Scores(("flagged", 0.6f), ("bio", 0.9f)))));
        Assert.Equal(DecisionAction.Prohibit, PolicyTable.DecidePrompt(
            without, ThePolicy.Someone("professional", "researcher"), without.Judge(ThePolicy.Scores(("flagged", 0.6f))), false, ThePolicy.Now).Action);
    }

    [Fact]
    public void A_flagged_text_with_categories_in_doubt_counts_in_the_likeliest_of_them()
    {
        var verdict = Small.Judge(ThePolicy.Scores(("flagged", 0.9f), ("cyber", 0.5f), ("bio", 0.4f)));

        Assert.Equal([("cyber", Band.Flagged), ("bio", Band.Uncertain)], verdict.Findings.Select(found => (found.Category, found.Band)));
        Assert.Equal(Severity.DualUse, verdict.Severity);
    }

    [Fact]
    public void Findings_stand_with_the_flagged_and_most_confident_first_and_equals_by_name()
    {
        var policy = ThePolicy.Load("""{"name":"n","categories":{"cyber":{"threshold":{"uncertain":0.3,"flagged":0.9}},"bio":{},"chem":{},"adult":{}}}""");
        var verdict = policy.Judge(ThePolicy.Scores(("cyber", 0.85f), ("chem", 0.7f), ("bio", 0.7f), ("adult", 0.8f)));

        Assert.Equal(["adult", "bio", "chem", "cyber"], verdict.Findings.Select(found => found.Category));
    }

    private static (string Category, Band Band) Leading(Verdict verdict) => (verdict.Leading!.Value.Category, verdict.Leading.Value.Band);
}
