using BenchmarkDotNet.Attributes;
using PolicyGateway.Classification;
using PolicyGateway.Classification.Ngram;
using PolicyGateway.Identity;
using PolicyGateway.Policy;

namespace PolicyGateway.Benchmarks;

/// <summary>From scores to a decision under the shipped policy.</summary>
public class PolicyBenchmarks
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private PolicySnapshot _policy = null!;
    private Caller _caller = null!;
    private Scores _benign = null!;
    private Scores _flagged = null!;
    private Verdict _verdict = null!;

    [GlobalSetup]
    public async Task SetUpAsync()
    {
        await using var classifier = NgramClassifier.Load(new ClassifierOptions { Bundle = Texts.Shipped("models/ngram-1"), Lanes = 1 });
        var ladder = TierLadder.Default;
        _policy = PolicyCheck.Check(Texts.Shipped("policy.json"), ladder, classifier.Profile).Snapshot!;
        _caller = new Caller("https://issuer.example", "somebody", null, null, ladder.Highest, [new Credential("security-professional", "https://issuer.example")]);
        _benign = Scored(classifier.Profile, 0.001f, 0.001f);
        _flagged = Scored(classifier.Profile, 0.001f, 0.99f);
        _verdict = _policy.Judge(_flagged);
    }

    [Benchmark]
    public object JudgeBenign() => _policy.Judge(_benign);

    [Benchmark]
    public object JudgeCyber() => _policy.Judge(_flagged);

    [Benchmark]
    public object Decide() => PolicyTable.DecidePrompt(_policy, _caller, _verdict, hasUnclassifiedInput: false, Now);

    private static Scores Scored(ClassifierProfile profile, float others, float cyber) => new(
        [.. profile.Heads.Select(head => head is "cyber" or "flagged" ? cyber : others)], NgramClassifier.StageName, profile.Model, 1);
}
