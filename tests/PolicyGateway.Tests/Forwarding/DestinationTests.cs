using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using PolicyGateway.Forwarding;

namespace PolicyGateway.Tests.Forwarding;

/// <summary>How long a destination is left alone, and how many requests may be sent again: by a clock that the test moves.</summary>
public sealed class DestinationTests
{
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UnixEpoch.AddYears(60));

    [Theory]
    [InlineData(nameof(AttemptOutcome.ServerError))]
    [InlineData(nameof(AttemptOutcome.Unreachable))]
    [InlineData(nameof(AttemptOutcome.TimedOut))]
    [InlineData(nameof(AttemptOutcome.BrokenOff))]
    public async Task Failures_open_the_circuit_and_one_request_at_a_time_finds_out_whether_it_works_again(string failure)
    {
        var destination = Create();
        await RunAsync(destination, failure, failure);

        Assert.InRange(destination.Rest, TimeSpan.FromSeconds(9), TimeSpan.FromSeconds(10));
        Assert.Null(await AskAsync(destination, AttemptOutcome.Answered));

        _time.Advance(TimeSpan.FromSeconds(11));
        Assert.True(destination.Rest <= TimeSpan.Zero);
        var answer = new TaskCompletionSource<AttemptOutcome>();
        var trial = destination.AskAsync(_ => new ValueTask<AttemptOutcome>(answer.Task)).AsTask();
        Assert.Null(await AskAsync(destination, AttemptOutcome.Answered));
        answer.SetResult(AttemptOutcome.Answered);

        Assert.Equal(AttemptOutcome.Answered, await trial);
        Assert.Equal(AttemptOutcome.Answered, await AskAsync(destination, AttemptOutcome.Answered));
    }

    [Fact]
    public async Task A_trial_that_fails_opens_the_circuit_again()
    {
        var destination = Create();
        await RunAsync(destination, nameof(AttemptOutcome.TimedOut), nameof(AttemptOutcome.TimedOut));
        _time.Advance(TimeSpan.FromSeconds(11));

        await RunAsync(destination, nameof(AttemptOutcome.TimedOut));

        Assert.True(destination.Rest > TimeSpan.FromSeconds(9));
    }

    [Fact]
    public async Task A_good_head_ends_the_trial_and_a_body_that_breaks_off_then_counts_like_any_failure()
    {
        var destination = Create();
        await RunAsync(destination, nameof(AttemptOutcome.TimedOut), nameof(AttemptOutcome.TimedOut));
        _time.Advance(TimeSpan.FromSeconds(11));
        var body = new TaskCompletionSource<AttemptOutcome>();
        var trial = destination.AskAsync(pass =>
        {
            pass.Began(isFailure: false);
            return new ValueTask<AttemptOutcome>(body.Task);
        }).AsTask();

        // Its body takes longer than a break, and nobody waits for it.
        _time.Advance(TimeSpan.FromSeconds(30));
        Assert.True(destination.Rest <= TimeSpan.Zero);
        body.SetResult(AttemptOutcome.BrokenOff);
        await trial;
        Assert.True(destination.Rest <= TimeSpan.Zero);

        await RunAsync(destination, nameof(AttemptOutcome.BrokenOff));
        Assert.True(destination.Rest > TimeSpan.FromSeconds(9));
    }

    [Fact]
    public async Task A_bad_head_ends_the_trial_at_once_and_counts_once()
    {
        var destination = Create();
        await RunAsync(destination, nameof(AttemptOutcome.TimedOut), nameof(AttemptOutcome.TimedOut));
        _time.Advance(TimeSpan.FromSeconds(11));
        var body = new TaskCompletionSource<AttemptOutcome>();
        var trial = destination.AskAsync(pass =>
        {
            pass.Began(isFailure: true);
            return new ValueTask<AttemptOutcome>(body.Task);
        }).AsTask();

        Assert.InRange(destination.Rest, TimeSpan.FromSeconds(9), TimeSpan.FromSeconds(10));
        _time.Advance(TimeSpan.FromSeconds(5));
        body.SetResult(AttemptOutcome.ServerError);
        await trial;
        Assert.InRange(destination.Rest, TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(5));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_trial_without_a_result_neither_closes_nor_opens_and_the_next_request_tries(bool leaves)
    {
        var destination = Create();
        await RunAsync(destination, nameof(AttemptOutcome.TimedOut), nameof(AttemptOutcome.TimedOut));
        _time.Advance(TimeSpan.FromSeconds(11));
        var end = new TaskCompletionSource<AttemptOutcome>();
        var trial = destination.AskAsync(_ => new ValueTask<AttemptOutcome>(end.Task)).AsTask();
        Assert.True(destination.Rest > TimeSpan.Zero);

        if (leaves)
        {
            end.SetResult(AttemptOutcome.Aborted);
            Assert.Equal(AttemptOutcome.Aborted, await trial);
        }
        else
        {
            end.SetException(new InvalidOperationException("A bug."));
            await Assert.ThrowsAsync<InvalidOperationException>(() => trial);
        }

        Assert.True(destination.Rest <= TimeSpan.Zero);
        await RunAsync(destination, nameof(AttemptOutcome.TimedOut));
        Assert.True(destination.Rest > TimeSpan.FromSeconds(9));
    }

    [Fact]
    public async Task A_share_of_the_requests_within_the_window_opens_the_circuit()
    {
        var destination = Create();
        await RunAsync(destination, nameof(AttemptOutcome.TimedOut));
        _time.Advance(TimeSpan.FromSeconds(61));
        await RunAsync(destination, nameof(AttemptOutcome.Answered), nameof(AttemptOutcome.Answered), nameof(AttemptOutcome.TimedOut));
        Assert.True(destination.Rest <= TimeSpan.Zero);

        await RunAsync(destination, nameof(AttemptOutcome.TimedOut));
        Assert.True(destination.Rest > TimeSpan.Zero);
    }

    [Theory]
    [InlineData(nameof(AttemptOutcome.Answered))]
    [InlineData(nameof(AttemptOutcome.RateLimited))]
    [InlineData(nameof(AttemptOutcome.Aborted))]
    public async Task What_is_no_failure_opens_nothing(string outcome)
    {
        var destination = Create();

        await RunAsync(destination, outcome, outcome, outcome, outcome);

        Assert.True(destination.Rest <= TimeSpan.Zero);
    }

    [Fact]
    public async Task A_bug_is_thrown_on_and_speaks_against_nobody()
    {
        var destination = Create();

        for (var i = 0; i < 4; i++)
        {
            await Assert.ThrowsAsync<InvalidOperationException>(() => destination.AskAsync(static _ => throw new InvalidOperationException()).AsTask());
        }

        Assert.True(destination.Rest <= TimeSpan.Zero);
    }

    [Fact]
    public void A_destination_is_left_alone_as_long_as_it_asks_for_and_ten_minutes_at_most()
    {
        var destination = Create();

        destination.LeaveAlone(TimeSpan.FromSeconds(60));
        Assert.Equal(TimeSpan.FromSeconds(60), destination.Rest);

        destination.LeaveAlone(TimeSpan.FromDays(365));
        Assert.Equal(TimeSpan.FromMinutes(10), destination.Rest);

        destination.LeaveAlone(TimeSpan.FromDays(-365_000));
        Assert.Equal(TimeSpan.FromMinutes(10), destination.Rest);
    }

    [Fact]
    public void The_budget_is_a_share_of_the_last_half_minutes_requests()
    {
        var budget = new RetryBudget(Options.Create(new BackendOptions { RetryBudget = 0.2 }), _time);
        for (var i = 0; i < 100; i++)
        {
            budget.CountRequest();
            _time.Advance(TimeSpan.FromMilliseconds(100));
        }

        Assert.Equal(20, Retries(budget));

        _time.Advance(TimeSpan.FromSeconds(31));
        Assert.Equal(10, Retries(budget));
    }

    private static int Retries(RetryBudget budget)
    {
        var retries = 0;
        while (retries < 1000 && budget.TryRetry())
        {
            retries++;
        }

        return retries;
    }

    private static ValueTask<AttemptOutcome?> AskAsync(Destination destination, AttemptOutcome outcome) =>
        destination.AskAsync(_ => ValueTask.FromResult(outcome));

    private static async Task RunAsync(Destination destination, params string[] outcomes)
    {
        foreach (var outcome in outcomes)
        {
            await AskAsync(destination, Enum.Parse<AttemptOutcome>(outcome));
        }
    }

    private Destination Create() => new(
        "c/0", new DestinationOptions(), new CircuitBreakerOptions { MinimumRequests = 2, BreakDuration = TimeSpan.FromSeconds(10) }, _time);
}
