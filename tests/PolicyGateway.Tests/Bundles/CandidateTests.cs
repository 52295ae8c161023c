using System.Diagnostics;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using PolicyGateway.Bundles;
using PolicyGateway.Classification;
using PolicyGateway.Classification.Tests.Bundles;
using PolicyGateway.Tests.Fakes;
using PolicyGateway.Tests.Inference;
using PolicyGateway.Tests.Policy;
using PolicyGateway.Tests.Telemetry;

namespace PolicyGateway.Tests.Bundles;

/// <summary>A candidate judges alongside and reports; whatever it says or does, no request is another.</summary>
[Collection(TelemetryTests.Name)]
public sealed class CandidateTests
{
    [Fact]
    public async Task Its_verdicts_are_counted_beside_those_in_force_and_change_none()
    {
        using var strict = SwappingGateway.StrictFirstStage();
        var (first, candidate) = (new { Bundle = SwappingGateway.FirstStage }, new { Bundle = strict.Directory, SampleRate = 1 });
        await using var gateway = await SwappingGateway.StartAsync(new { first.Bundle, Candidate = candidate });
        var judge = gateway.The.Services.GetRequiredService<CandidateJudge>();
        await SwappingGateway.Eventually(() => judge.Model == SwappingGateway.ModelOf(strict.Directory));

        for (var i = 0; i < 3; i++)
        {
            var answer = await gateway.The.SendAsync(TheGateway.Ask("How do I bake bread?"));
            Assert.Equal(HttpStatusCode.OK, answer.Status);
            Assert.Equal(gateway.Model, (await gateway.The.Audit.OfAsync(answer.Headers["x-request-id"])).ClassifierModel);
        }

        foreach (var side in new[] { "prompt", "completion" })
        {
            await gateway.EventuallyCountsAsync(
                3, "policygateway_candidate_verdicts", $"side=\"{side}\"", "_verdict=\"benign\"", "candidate_verdict=\"dual-use\"", gateway.Model, judge.Model!);
        }

        await gateway.EventuallyCountsAsync(6, "policygateway_candidate_judgements", "judged");

        // Without one, nobody is asked; and the classifier in force is the same one as before.
        var before = gateway.Classifiers.Current;
        gateway.Write(first);
        Assert.False(await gateway.LookAsync());
        Assert.Null(judge.Model);
        Assert.Same(before, gateway.Classifiers.Current);
    }

    [Fact]
    public async Task One_that_cannot_be_loaded_is_told_by_its_setting_and_the_gateway_serves()
    {
        using var flipped = new BundleCopy(SwappingGateway.FirstStage);
        flipped.Flip("model.onnx");
        await using var gateway = await SwappingGateway.StartAsync(new { Bundle = SwappingGateway.FirstStage, Candidate = new { Bundle = flipped.Directory } });

        await SwappingGateway.Eventually(() => gateway.LogLines.Any(static line =>
            line.Contains("nothing judges alongside. Classifier:Candidate:Bundle: The bundle's file model.onnx has SHA-256", StringComparison.Ordinal)));
        Assert.Equal(HttpStatusCode.OK, (await gateway.The.SendAsync(TheGateway.Ask("How do I bake bread?"))).Status);
        await gateway.EventuallyCountsAsync(1, "policygateway_classifier_swaps", "candidate_refused");
    }

    [Fact]
    public async Task A_request_has_its_answer_while_the_candidate_still_thinks_and_its_trace_shows_both_verdicts_later()
    {
        await using var gateway = await TracedGateway.StartAsync();
        var candidate = new OtherCandidate();
        Use(gateway.The, candidate, new CandidateOptions { SampleRate = 1 });

        var (answer, trace) = await gateway.SendAsync(TheGateway.Ask(KeywordClassifier.Cyber));

        Assert.Equal(HttpStatusCode.Forbidden, answer.Status);
        Assert.DoesNotContain(gateway.Spans, static span => span.DisplayName == "candidate");
        candidate.GoOn.SetResult();
        await SwappingGateway.Eventually(() => gateway.Spans.Any(static span => span.DisplayName == "candidate"));
        var span = gateway.Spans.Single(static span => span.DisplayName == "candidate");
        Assert.Equal(trace.Server.TraceId, span.TraceId);
        Assert.Equal(
            ("prompt", "dual-use", "benign", "other-1"),
            (span.GetTagItem("policygateway.side"), span.GetTagItem("policygateway.verdict"), span.GetTagItem("policygateway.candidate.verdict"), span.GetTagItem("policygateway.candidate.model")));
        Assert.DoesNotContain(KeywordClassifier.Cyber, TracedGateway.Everything(span), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task One_that_hangs_costs_no_request_anything_and_what_it_misses_is_counted(bool blocks)
    {
        await using var gateway = await TracedGateway.StartAsync();
        var hanging = new HangingCandidate(blocks);
        Use(gateway.The, hanging, new CandidateOptions { SampleRate = 1, QueueLimit = 2 });
        var began = Stopwatch.GetTimestamp();

        for (var i = 0; i < 10; i++)
        {
            Assert.Equal(HttpStatusCode.OK, (await gateway.SendAsync(TheGateway.Ask("hello"))).Answer.Status);
            await SwappingGateway.Eventually(() => hanging.IsAsked);
        }

        Assert.InRange(Stopwatch.GetElapsedTime(began), TimeSpan.Zero, TimeSpan.FromSeconds(30));

        // Of prompts and completions one hangs, and two wait.
        Assert.Contains("policygateway_result=\"dropped\"} 17", await gateway.ScrapeAsync(), StringComparison.Ordinal);
        hanging.Release();
    }

    [Fact]
    public async Task One_that_falls_over_changes_nothing_and_is_told_once()
    {
        await using var gateway = await TracedGateway.StartAsync();
        Use(gateway.The, new KeywordClassifier { Fails = static _ => true }, new CandidateOptions { SampleRate = 1 });

        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(HttpStatusCode.OK, (await gateway.SendAsync(TheGateway.Ask("hello"))).Answer.Status);
            Assert.Equal(HttpStatusCode.Forbidden, (await gateway.SendAsync(TheGateway.Ask(KeywordClassifier.Cyber))).Answer.Status);
        }

        await SwappingGateway.EventuallyAsync(async () => (await gateway.ScrapeAsync()).Contains("policygateway_result=\"failed\"} 15", StringComparison.Ordinal));
        Assert.Single(gateway.LogLines, static line => line.Contains("candidate.failed", StringComparison.Ordinal));
    }

    [Fact]
    public async Task It_is_asked_about_its_share_and_what_is_too_much_to_wait_is_dropped()
    {
        await using var gateway = await TracedGateway.StartAsync();
        var judge = gateway.The.Services.GetRequiredService<CandidateJudge>();
        var candidate = new KeywordClassifier();
        void Offer(string text) => judge.Offer(
            ThePolicy.Shipped, new ClassifierInput(TextKind.Prompt, default), [text], new Scores([.. new float[16]], "ngram", "m", 1));

        Use(gateway.The, candidate, new CandidateOptions { SampleRate = 0 });
        Enumerable.Range(0, 100).ToList().ForEach(_ => Offer("x"));
        Use(gateway.The, candidate, new CandidateOptions { SampleRate = 0.5, QueueLimit = 10_000 });
        Offer(new string('x', 9_000_000));
        Offer(new string('x', 9_000_000));
        Enumerable.Range(0, 1_000).ToList().ForEach(_ => Offer("x"));

        await SwappingGateway.Eventually(() => candidate.Asked > 400);
        await Task.Delay(200);
        Assert.InRange(candidate.Asked, 400, 600);
    }

    private static void Use(TheGateway gateway, IClassifier candidate, CandidateOptions options) =>
        gateway.Services.GetRequiredService<CandidateJudge>().Use(candidate, options);

    /// <summary>Takes its time, and finds nothing.</summary>
    private sealed class OtherCandidate : IClassifier
    {
        public TaskCompletionSource GoOn { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public ClassifierProfile Profile { get; } = ThePolicy.Profile with { Model = "other-1" };

        public bool IsReady => true;

        public Task WarmUpAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public async ValueTask<Scores> ClassifyAsync(ClassifierInput input, CancellationToken cancellationToken)
        {
            await GoOn.Task;
            return new Scores([.. new float[Profile.Heads.Length]], "other", Profile.Model, 1);
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    /// <summary>Does not answer, and hears no cancellation; on the thread that asks, or not.</summary>
    private sealed class HangingCandidate(bool blocks) : IClassifier
    {
        private readonly ManualResetEventSlim _released = new();

        public bool IsAsked { get; private set; }

        public ClassifierProfile Profile { get; } = ThePolicy.Profile with { Model = "hanging-1" };

        public bool IsReady => true;

        public Task WarmUpAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public ValueTask<Scores> ClassifyAsync(ClassifierInput input, CancellationToken cancellationToken)
        {
            IsAsked = true;
            var scores = Scores.Unknown(UnknownReason.RuntimeFailure, "hanging", Profile.Model);
            if (!blocks)
            {
                return new(Task.Run(() =>
                {
                    _released.Wait(CancellationToken.None);
                    return scores;
                }, CancellationToken.None));
            }

            _released.Wait(CancellationToken.None);
            return new(scores);
        }

        public void Release() => _released.Set();

        public ValueTask DisposeAsync()
        {
            _released.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
