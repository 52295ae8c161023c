using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using PolicyGateway.Guard;
using PolicyGateway.Telemetry;
using PolicyGateway.Tests.Fakes;

namespace PolicyGateway.Tests.Guard;

/// <summary>A guard behind real HTTP, and all that it may do instead of answering.</summary>
public sealed class GuardClientTests : IAsyncLifetime, IDisposable
{
    private readonly GatewayTelemetry _telemetry = new();
    private ScriptedBackend _guard = null!;

    public async Task InitializeAsync()
    {
        _guard = await ScriptedBackend.StartAsync();
        _guard.Answer = static context => ScriptedBackend.WriteJsonAsync(context, ScriptedBackend.Completion("safe"));
    }

    public async Task DisposeAsync() => await _guard.DisposeAsync();

    public void Dispose() => _telemetry.Dispose();

    [Fact]
    public async Task It_is_asked_where_it_is_with_its_key_and_nothing_of_the_request_around_it()
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, " secret-key\n");
        using var guard = Open(options => options.ApiKeyFile = file);

        Assert.Equal(GuardAnswer.Safe, await guard.AskAsync("May I?", null, default));

        var received = Assert.Single(_guard.Received);
        Assert.Equal("/v1/chat/completions", received.Path);
        Assert.Equal("Bearer secret-key", received.Headers["Authorization"]);
        Assert.Equal(["Authorization", "Content-Length", "Content-Type", "Host"], received.Headers.Keys.Order(StringComparer.Ordinal));
        File.Delete(file);
    }

    [Fact]
    public async Task A_guard_that_hangs_is_waited_for_until_its_deadline()
    {
        _guard.Answer = static context => Task.Delay(Timeout.Infinite, context.RequestAborted);
        await AssertIgnoredAsync("late");
    }

    [Fact]
    public async Task A_guard_that_hangs_in_the_middle_of_its_answer_is_waited_for_until_its_deadline()
    {
        _guard.Answer = static async context =>
        {
            await ScriptedBackend.WriteJsonAsync(context, "{\"choices\":");
            await context.Response.Body.FlushAsync();
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        };
        await AssertIgnoredAsync("late");
    }

    [Fact]
    public async Task A_guard_that_drips_its_answer_is_waited_for_until_its_deadline()
    {
        _guard.Answer = static async context =>
        {
            foreach (var letter in ScriptedBackend.Completion("safe"))
            {
                await context.Response.WriteAsync(letter.ToString(), context.RequestAborted);
                await context.Response.Body.FlushAsync(context.RequestAborted);
                await Task.Delay(50, context.RequestAborted);
            }
        };
        await AssertIgnoredAsync("late");
    }

    [Fact]
    public async Task An_answer_that_does_not_end_is_dropped()
    {
        _guard.Answer = static async context =>
        {
            var piece = new byte[65536];
            while (!context.RequestAborted.IsCancellationRequested)
            {
                await context.Response.Body.WriteAsync(piece, context.RequestAborted);
            }
        };

        await AssertIgnoredAsync("malformed", TimeSpan.FromSeconds(10));

        await _guard.Aborted.Task.WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Theory]
    [InlineData(500, "failed")]
    [InlineData(429, "failed")]
    [InlineData(401, "failed")]
    [InlineData(204, "failed")]
    [InlineData(307, "failed")]
    public async Task A_status_other_than_200_does_not_count(int status, string answer)
    {
        _guard.Answer = context =>
        {
            context.Response.Headers.Location = _guard.Url + "/elsewhere";
            return status == 204 ? Task.FromResult(context.Response.StatusCode = status) : ScriptedBackend.WriteJsonAsync(context, ScriptedBackend.Completion("safe"), status);
        };

        await AssertIgnoredAsync(answer, TimeSpan.FromSeconds(10));

        Assert.Single(_guard.Received);
    }

    [Fact]
    public async Task A_connection_that_breaks_does_not_count()
    {
        _guard.Answer = static context =>
        {
            context.Abort();
            return Task.CompletedTask;
        };
        await AssertIgnoredAsync("failed", TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Nobody_at_the_address_does_not_count()
    {
        using var guard = Open(static options => options.Endpoint = "http://127.0.0.1:1/v1/chat/completions");
        Assert.Equal(GuardAnswer.Failed, await guard.AskAsync("x", null, default));
    }

    [Fact]
    public async Task A_text_that_is_too_long_is_not_sent_in_part()
    {
        using var guard = Open(static options => options.MaxCharacters = 100);

        Assert.Equal(GuardAnswer.TooLong, await guard.AskAsync(new string('x', 60), new string('y', 41), default));
        Assert.Empty(_guard.Received);
        Assert.Equal(GuardAnswer.Safe, await guard.AskAsync(new string('x', 60), new string('y', 40), default));
    }

    [Fact]
    public async Task No_more_are_asked_at_once_than_may_be()
    {
        var (entered, go) = (new TaskCompletionSource(), new TaskCompletionSource());
        _guard.Answer = async context =>
        {
            entered.TrySetResult();
            await go.Task;
            await ScriptedBackend.WriteJsonAsync(context, ScriptedBackend.Completion("unsafe\nS2"));
        };
        using var guard = Open(static options => (options.Concurrency, options.Deadline) = (1, TimeSpan.FromSeconds(20)));

        var first = guard.AskAsync("x", null, default).AsTask();
        await entered.Task;
        Assert.Equal(GuardAnswer.Busy, await guard.AskAsync("x", null, default));
        go.SetResult();

        Assert.Equal(GuardAnswer.Unsafe, await first);
        Assert.Equal(GuardAnswer.Unsafe, await guard.AskAsync("x", null, default));
    }

    [Fact]
    public async Task No_more_are_asked_in_a_minute_than_may_be()
    {
        using var guard = Open(static options => options.CallsPerMinute = 2);

        var answers = new List<GuardAnswer>();
        for (var i = 0; i < 4; i++)
        {
            answers.Add(await guard.AskAsync("x", null, default));
        }

        Assert.Equal([GuardAnswer.Safe, GuardAnswer.Safe, GuardAnswer.OverBudget, GuardAnswer.OverBudget], answers);
        Assert.Equal(2, _guard.Received.Count);
    }

    [Fact]
    public async Task A_guard_that_fails_time_and_again_is_left_alone_for_a_while()
    {
        _guard.Answer = static context => ScriptedBackend.WriteJsonAsync(context, ScriptedBackend.Completion("I would rather not say."));
        using var guard = Open();

        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(GuardAnswer.Malformed, await guard.AskAsync("x", null, default));
        }

        Assert.Equal(GuardAnswer.Resting, await guard.AskAsync("x", null, default));
        Assert.Equal(5, _guard.Received.Count);
    }

    [Fact]
    public async Task Who_asks_may_leave()
    {
        _guard.Answer = static context => Task.Delay(Timeout.Infinite, context.RequestAborted);
        using var guard = Open(static options => options.Deadline = TimeSpan.FromSeconds(30));
        using var leaves = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => guard.AskAsync("x", null, leaves.Token).AsTask());
        await _guard.Aborted.Task.WaitAsync(TimeSpan.FromSeconds(10));
    }

    private async Task AssertIgnoredAsync(string answer, TimeSpan? deadline = null)
    {
        using var guard = Open(options => options.Deadline = deadline ?? TimeSpan.FromMilliseconds(300));
        var watch = Stopwatch.StartNew();

        Assert.Equal(answer, (await guard.AskAsync("May I?", "Yes.", default)).Name());
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(5));
    }

    private GuardClient Open(Action<GuardOptions>? change = null)
    {
        var options = new GuardOptions { Endpoint = _guard.Url + "/v1/chat/completions", Model = "guard", Deadline = TimeSpan.FromSeconds(10) };
        change?.Invoke(options);
        return new GuardClient(Options.Create(options), _telemetry, TimeProvider.System);
    }
}
