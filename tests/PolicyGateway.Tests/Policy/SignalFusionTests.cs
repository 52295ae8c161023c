using System.Globalization;
using PolicyGateway.Classification;
using PolicyGateway.Policy;
using Xunit.Abstractions;

namespace PolicyGateway.Tests.Policy;

public sealed class SignalFusionTests(ITestOutputHelper output)
{
    private static readonly PolicySnapshot Policy = ThePolicy.Load(ThePolicy.Small);

    /// <summary>What the classifier says, what the backend says of which head, and what is found in which category, how grave.</summary>
    [Theory]
    [InlineData(0.1, "cyber", 0.0, "", "benign", "none")]
    [InlineData(0.1, "cyber", 0.2, "", "benign", "none")]
    [InlineData(0.1, "cyber", 0.3, "cyber:Uncertain", "benign", "stricter")]
    [InlineData(0.1, "cyber", 1.0, "cyber:Flagged", "dual-use", "stricter")]
    [InlineData(0.4, "cyber", 0.0, "cyber:Uncertain", "benign", "none")]
    [InlineData(0.4, "cyber", 0.5, "cyber:Uncertain", "benign", "none")]
    [InlineData(0.4, "cyber", 0.6, "cyber:Flagged cyber:Uncertain", "dual-use", "stricter")]
    [InlineData(0.9, "cyber", 0.0, "cyber:Flagged", "dual-use", "none")]
    [InlineData(0.9, "prohibited", 0.6, "cyber:Flagged", "dual-use", "none")]
    [InlineData(0.9, "prohibited", 0.7, "cyber:Flagged cyber:Flagged", "prohibited", "stricter")]
    [InlineData(0.1, "prohibited", 1.0, "", "benign", "none")]
    [InlineData(0.1, "minors", 0.6, "minors:Flagged", "prohibited", "stricter")]
    [InlineData(0.1, "flagged", 0.6, "other:Flagged", "dual-use", "stricter")]
    [InlineData(0.9, "weapons", 0.6, "cyber:Flagged weapons:Flagged", "dual-use", "stricter")]
    [InlineData(0.1, "unheard", 1.0, "", "benign", "none")]
    public void A_signal_adds_to_what_is_found(float cyber, string head, float score, string found, string severity, string effect)
    {
        var scores = ThePolicy.Scores(("cyber", cyber));

        var fused = SignalFusion.WithSignals(Policy, scores, Policy.Judge(scores), [new Signal("c/x", head, score)]);

        Assert.Equal(found, string.Join(' ', fused.Findings.Select(finding => $"{finding.Category}:{finding.Band}")));
        Assert.Equal(severity, fused.Severity.Name());
        var signal = Assert.Single(fused.Signals);
        Assert.Equal(("c/x", head, score, effect), (signal.Source, signal.Subject, signal.Score, signal.Effect.Name()));
    }

    [Fact]
    public void One_signal_may_say_what_a_text_is_about_and_another_how_grave_it_is()
    {
        var scores = ThePolicy.Scores();

        var fused = SignalFusion.WithSignals(Policy, scores, Policy.Judge(scores), [new Signal("c/a", "cyber", 1), new Signal("c/b", "prohibited", 1)]);

        Assert.Equal(Severity.Prohibited, fused.Severity);
        Assert.All(fused.Signals, static signal => Assert.Equal(SignalEffect.Stricter, signal.Effect));
    }

    [Fact]
    public void No_verdict_stays_no_verdict_whatever_a_backend_says()
    {
        var unknown = Scores.Unknown(UnknownReason.Deadline, "s", "m");

        var fused = SignalFusion.WithSignals(Policy, unknown, Policy.Judge(unknown), [new Signal("c/x", "cyber", 1)]);

        Assert.Equal(UnknownReason.Deadline, fused.UnknownReason);
        Assert.Equal(SignalEffect.None, Assert.Single(fused.Signals).Effect);
    }

    [Fact]
    public void A_lie_about_the_category_does_not_open_what_is_flagged_as_a_whole()
    {
        // Found in no category, so in the fallback, which this caller may not have; cyber they may.
        var (scores, caller) = (ThePolicy.Scores(("flagged", 0.9f)), ThePolicy.Someone("verified", "security-professional"));
        var verdict = Policy.Judge(scores);

        var fused = SignalFusion.WithSignals(Policy, scores, verdict, [new Signal("c/x", "cyber", 1)]);

        Assert.True(PolicyTable.DecideCompletion(Policy, caller, verdict, ThePolicy.Now).Refuses);
        Assert.True(PolicyTable.DecideCompletion(Policy, caller, fused, ThePolicy.Now).Refuses);
    }

    /// <summary>What the classifier says, and what is left of it once the guard said that the text is safe, or unsafe.</summary>
    [Theory]
    // Inside the band of what is not prohibited: the guard decides.
    [InlineData("cyber:0.3", "", "cyber:Flagged")]
    [InlineData("cyber:0.59 bio:0.4", "", "bio:Flagged cyber:Flagged")]
    [InlineData("flagged:0.5", "", "other:Flagged")]
    [InlineData("cyber:0.5 prohibited:0.29", "", "cyber:Flagged")]
    // Below, above, on the upper edge, or beside something that is: the classifier's verdict stands.
    [InlineData("cyber:0.29", "", "")]
    [InlineData("cyber:0.6", "cyber:Flagged", "cyber:Flagged")]
    [InlineData("cyber:0.99", "cyber:Flagged", "cyber:Flagged")]
    [InlineData("cyber:0.4 bio:0.6", "bio:Flagged cyber:Uncertain", "bio:Flagged cyber:Uncertain")]
    [InlineData("cyber:0.4 flagged:0.6", "cyber:Flagged", "cyber:Flagged")]
    // In doubt, and prohibited if it is anything; or the head of what is prohibited is in its own band, or above.
    [InlineData("minors:0.4", "minors:Uncertain", "minors:Uncertain")]
    [InlineData("cyber:0.4 minors:0.3", "cyber:Uncertain minors:Uncertain", "cyber:Uncertain minors:Uncertain")]
    [InlineData("cyber:0.5 prohibited:0.3", "cyber:Uncertain", "cyber:Uncertain")]
    [InlineData("cyber:0.5 prohibited:0.9", "cyber:Uncertain", "cyber:Uncertain")]
    public void The_guard_decides_a_doubt_and_nothing_else(string said, string safe, string unsafely)
    {
        ArgumentNullException.ThrowIfNull(said);
        var scores = ThePolicy.Scores([.. said.Split(' ').Select(static one => one.Split(':')).Select(static one => (one[0], float.Parse(one[1], CultureInfo.InvariantCulture)))]);
        var verdict = Policy.Judge(scores);

        Assert.Equal(safe, Found(SignalFusion.Decided(Policy, scores, verdict, isSafe: true)));
        Assert.Equal(unsafely, Found(SignalFusion.Decided(Policy, scores, verdict, isSafe: false)));
    }

    [Fact]
    public void The_guard_is_not_asked_where_there_is_no_verdict()
    {
        var unknown = Scores.Unknown(UnknownReason.Unreadable, "s", "m");

        Assert.False(Policy.IsInDoubt(unknown, Policy.Judge(unknown)));
        Assert.Equal(unknown, SignalFusion.Decided(Policy, unknown, Policy.Judge(unknown), isSafe: true));
    }

    [Fact]
    public void Under_any_policy_the_guard_takes_back_nothing_that_is_found_or_prohibited()
    {
        var seed = Environment.GetEnvironmentVariable("SIGNAL_SEED") is { } given ? int.Parse(given, CultureInfo.InvariantCulture) : Random.Shared.Next();
        output.WriteLine($"SIGNAL_SEED={seed}");
        var (random, decided) = (new Random(seed), 0);
        for (var round = 0; round < 100; round++)
        {
            var policy = ThePolicy.Load(SomePolicy.Of(random));
            for (var question = 0; question < 60; question++)
            {
                var scores = SomePolicy.Scores(random);
                var verdict = policy.Judge(scores);
                var (safe, unsafely) = (policy.Judge(SignalFusion.Decided(policy, scores, verdict, isSafe: true)), policy.Judge(SignalFusion.Decided(policy, scores, verdict, isSafe: false)));

                Assert.True(unsafely.Severity >= verdict.Severity);
                if (verdict.Findings.Any(static finding => finding.Band == Band.Flagged || finding.Severity == Severity.Prohibited))
                {
                    Assert.Equal(verdict.Findings.AsEnumerable(), safe.Findings);
                }

                decided += policy.IsInDoubt(scores, verdict) ? 1 : 0;
            }
        }

        Assert.InRange(decided, 10, 6000);
    }

    [Fact]
    public void Under_any_policy_a_verdict_with_signals_is_at_least_as_strict_as_without()
    {
        var seed = Environment.GetEnvironmentVariable("SIGNAL_SEED") is { } given ? int.Parse(given, CultureInfo.InvariantCulture) : Random.Shared.Next();
        output.WriteLine($"SIGNAL_SEED={seed}");
        var random = new Random(seed);
        var stricter = 0;
        for (var round = 0; round < 200; round++)
        {
            var policy = ThePolicy.Load(SomePolicy.Of(random));
            for (var question = 0; question < 60; question++)
            {
                var scores = SomePolicy.Scores(random);
                var verdict = policy.Judge(scores);
                var fused = SignalFusion.WithSignals(policy, scores, verdict, [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => SomeSignal(random))]);

                AssertNoLess(policy, verdict, fused, random);
                stricter += fused.Signals.Any(static signal => signal.Effect == SignalEffect.Stricter) ? 1 : 0;
                Assert.DoesNotContain(fused.Signals, static signal => signal.Effect == SignalEffect.Cleared);
            }
        }

        Assert.InRange(stricter, 1000, 12_000);
    }

    private static string Found(Scores scores) => string.Join(' ', Policy.Judge(scores).Findings.Select(static finding => $"{finding.Category}:{finding.Band}").Order(StringComparer.Ordinal));

    private static void AssertNoLess(PolicySnapshot policy, Verdict verdict, Verdict fused, Random random)
    {
        Assert.Equal(verdict.UnknownReason, fused.UnknownReason);
        Assert.True(fused.Severity >= verdict.Severity);
        Assert.All(verdict.Findings, finding => Assert.Contains(finding, fused.Findings));
        for (var i = 0; i < 4; i++)
        {
            var caller = SomePolicy.Caller(random);
            var (before, after) = (PolicyTable.DecidePrompt(policy, caller, verdict, false, ThePolicy.Now), PolicyTable.DecidePrompt(policy, caller, fused, false, ThePolicy.Now));
            Assert.True(after.Action >= before.Action, $"{before} {after}");
            Assert.True(after.ReleaseMode >= before.ReleaseMode, $"{before} {after}");
            Assert.True(
                PolicyTable.DecideCompletion(policy, caller, fused, ThePolicy.Now).Action
                >= PolicyTable.DecideCompletion(policy, caller, verdict, ThePolicy.Now).Action);
        }
    }

    private static Signal SomeSignal(Random random) =>
        new("c/x", ThePolicy.Profile.Heads[random.Next(ThePolicy.Profile.Heads.Length)], random.Next(3) == 0 ? random.Next(2) : random.NextSingle());
}
