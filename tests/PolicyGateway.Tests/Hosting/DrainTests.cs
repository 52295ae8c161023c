using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using PolicyGateway.Tests.Fakes;
using PolicyGateway.Tests.Inference;

namespace PolicyGateway.Tests.Hosting;

/// <summary>The stop: what runs ends, what comes is told, and there is a limit.</summary>
public sealed class DrainTests
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task A_running_stream_ends_and_a_new_request_is_sent_elsewhere()
    {
        await using var gateway = new TheGateway();
        await gateway.InitializeAsync();
        var (asked, finish) = Hold(gateway, ScriptedBackend.Stream("Hello."));
        var running = gateway.SendAsync(TheGateway.Ask("hello", stream: true));
        await asked.WaitAsync(Longest);
        Assert.Equal(HttpStatusCode.OK, await Health.StatusAsync(gateway, "ready"));

        var stopping = gateway.StopAsync();
        await EventuallyUnreadyAsync(gateway);
        var refused = await gateway.SendAsync(TheGateway.Ask("hello"));

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "draining"), (refused.Status, refused.Code));
        Assert.Equal(("true", "1", "close"), (refused.Headers["x-should-retry"], refused.Headers["retry-after"], refused.Headers["connection"]));
        Assert.Equal(HttpStatusCode.OK, await Health.StatusAsync(gateway, "live"));
        Assert.Single(gateway.Backend.Received);
        Assert.False(stopping.IsCompleted);

        finish.SetResult();
        Assert.Equal(ScriptedBackend.Stream("Hello."), (await running).Text);
        await stopping.WaitAsync(Longest);
    }

    [Fact]
    public async Task What_does_not_end_in_time_is_cut_and_so_recorded()
    {
        await using var gateway = new TheGateway();
        gateway.Settings["Gateway:DrainTimeout"] = "00:00:00.300";
        await gateway.InitializeAsync();
        var (asked, _) = Hold(gateway, "");
        var running = gateway.SendAsync(TheGateway.Ask("hello"));
        await asked.WaitAsync(Longest);

        await gateway.StopAsync().WaitAsync(Longest);

        await Assert.ThrowsAnyAsync<HttpRequestException>(() => running);
        await gateway.Backend.Aborted.Task.WaitAsync(Longest);
        var record = await gateway.Audit.LastAsync();
        Assert.Equal(("aborted", "draining", 0L), (record.Outcome, record.Reason, record.ReleasedBytes));
    }

    [Fact]
    public async Task With_nothing_running_the_stop_does_not_wait_and_the_host_allows_for_the_longest_drain()
    {
        await using var gateway = new TheGateway();
        gateway.Settings["Gateway:DrainTimeout"] = "00:05:00";
        await gateway.InitializeAsync();
        Assert.True(gateway.Services.GetRequiredService<IOptions<HostOptions>>().Value.ShutdownTimeout > TimeSpan.FromMinutes(5));

        await gateway.StopAsync().WaitAsync(Longest);
    }

    private static (Task Asked, TaskCompletionSource Finish) Hold(TheGateway gateway, string stream)
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var finish = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        gateway.Backend.Answer = async context =>
        {
            asked.TrySetResult();
            await finish.Task.WaitAsync(context.RequestAborted);
            await ScriptedBackend.WriteStreamAsync(context, stream);
        };
        return (asked.Task, finish);
    }

    private static async Task EventuallyUnreadyAsync(TheGateway gateway)
    {
        for (var i = 0; i < 100 && await Health.StatusAsync(gateway, "ready") != HttpStatusCode.ServiceUnavailable; i++)
        {
            await Task.Delay(20);
        }

        Assert.Equal(HttpStatusCode.ServiceUnavailable, await Health.StatusAsync(gateway, "ready"));
    }
}
