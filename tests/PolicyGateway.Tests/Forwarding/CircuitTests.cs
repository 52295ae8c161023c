using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Http;
using PolicyGateway.Tests.Fakes;
using PolicyGateway.Tests.Inference;

namespace PolicyGateway.Tests.Forwarding;

/// <summary>A circuit that is open, the request that tries it, and what the others get meanwhile.</summary>
public sealed class CircuitTests : IAsyncLifetime
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(20);

    private readonly TheGateway _gateway = new();

    public Task InitializeAsync()
    {
        _gateway.Settings["Backends:Clusters:c:CircuitBreaker:MinimumRequests"] = "2";
        _gateway.Settings["Backends:Clusters:c:CircuitBreaker:BreakDuration"] = "00:00:01";
        return _gateway.InitializeAsync();
    }

    public Task DisposeAsync() => _gateway.DisposeAsync();

    [Fact]
    public async Task A_trial_that_streams_lets_others_in_as_soon_as_its_head_is_good()
    {
        await OpenAsync();
        var finish = new TaskCompletionSource();
        _gateway.Backend.Answer = async context =>
        {
            if (!System.Text.Encoding.UTF8.GetString(ScriptedBackend.BodyOf(context)).Contains("\"stream\":true", StringComparison.Ordinal))
            {
                await ScriptedBackend.WriteJsonAsync(context, ScriptedBackend.Completion("Hello."));
                return;
            }

            context.Response.ContentType = "text/event-stream";
            await context.Response.WriteAsync(ScriptedBackend.Chunk(new { content = "a" }, null));
            await context.Response.Body.FlushAsync();
            await finish.Task;
            await context.Response.WriteAsync(ScriptedBackend.Stream("b"));
        };
        using var request = TheGateway.Request(TheGateway.Ask("hello", stream: true), _gateway.TokenOf("lab"));
        using var trial = await _gateway.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);

        var other = await _gateway.SendAsync(TheGateway.Ask("hello"));

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (trial.StatusCode, other.Status));
        finish.SetResult();
        Assert.EndsWith("data: [DONE]\n\n", await trial.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task While_a_trial_waits_for_its_head_the_others_are_told_when_to_come_back()
    {
        await OpenAsync();
        var (asked, finish) = Silent();
        var trial = _gateway.SendAsync(TheGateway.Ask("hello"));
        await asked.WaitAsync(Longest);

        var other = await _gateway.SendAsync(TheGateway.Ask("hello"));

        AssertComeBack(other);
        finish.SetResult();
        Assert.Equal(HttpStatusCode.OK, (await trial).Status);
        Assert.Equal(HttpStatusCode.OK, (await _gateway.SendAsync(TheGateway.Ask("hello"))).Status);
    }

    [Fact]
    public async Task A_client_that_leaves_its_trial_proves_nothing_and_the_next_request_tries()
    {
        await OpenAsync();
        var (asked, _) = Silent();
        using var leaving = new CancellationTokenSource();
        using var request = TheGateway.Request(TheGateway.Ask("hello"));
        var trial = _gateway.Client.SendAsync(request, leaving.Token);
        await asked.WaitAsync(Longest);
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => trial);
        await _gateway.Backend.Aborted.Task.WaitAsync(Longest);
        await EventuallyAsync(() => _gateway.Audit.Noted.Any(static record => record.Reason == "client_closed_request"));

        // One failure is enough, since the circuit is still to be tried: a closed one would wait for a second.
        _gateway.Backend.Answer = TheBackends.Status(500);
        Assert.Equal(HttpStatusCode.InternalServerError, (await _gateway.SendAsync(TheGateway.Ask("hello"))).Status);
        AssertComeBack(await _gateway.SendAsync(TheGateway.Ask("hello")));
    }

    private static void AssertComeBack(Answer answer)
    {
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "upstream_unavailable"), (answer.Status, answer.Code));
        Assert.True(answer.Headers.TryGetValue("retry-after", out var seconds), "Nobody said when to come back.");
        Assert.True(int.Parse(seconds, CultureInfo.InvariantCulture) > 0, seconds);
    }

    private static async Task EventuallyAsync(Func<bool> condition)
    {
        for (var i = 0; i < 500 && !condition(); i++)
        {
            await Task.Delay(10);
        }

        Assert.True(condition());
    }

    /// <summary>Opens the circuit and waits until it may be tried.</summary>
    private async Task OpenAsync()
    {
        _gateway.Backend.Answer = TheBackends.Status(500);
        await _gateway.SendAsync(TheGateway.Ask("hello"));
        await _gateway.SendAsync(TheGateway.Ask("hello"));
        AssertComeBack(await _gateway.SendAsync(TheGateway.Ask("hello")));
        await Task.Delay(TimeSpan.FromSeconds(1.2));
        _gateway.Reset();
    }

    private (Task Asked, TaskCompletionSource Finish) Silent()
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var finish = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _gateway.Backend.Answer = async context =>
        {
            asked.TrySetResult();
            await finish.Task.WaitAsync(context.RequestAborted);
            await ScriptedBackend.WriteJsonAsync(context, ScriptedBackend.Completion("Hello."));
        };
        return (asked.Task, finish);
    }
}
