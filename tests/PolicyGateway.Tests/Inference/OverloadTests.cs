using System.Net;
using PolicyGateway.Tests.Fakes;

namespace PolicyGateway.Tests.Inference;

/// <summary>The limit of concurrent requests: who comes over it is told so at once, and recorded.</summary>
public sealed class OverloadTests : IAsyncLifetime
{
    private readonly TheGateway _gateway = new();

    public async Task InitializeAsync()
    {
        _gateway.Settings["Gateway:MaxConcurrentRequests"] = "1";
        await _gateway.InitializeAsync();
    }

    public Task DisposeAsync() => _gateway.DisposeAsync();

    [Fact]
    public async Task A_request_over_the_limit_is_refused_with_a_time_to_retry_and_recorded_and_the_next_one_is_served()
    {
        var arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var mayAnswer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _gateway.Backend.Answer = async context =>
        {
            arrived.TrySetResult();
            await mayAnswer.Task;
            await ScriptedBackend.WriteJsonAsync(context, ScriptedBackend.Completion("Hello."));
        };
        var first = _gateway.SendAsync(TheGateway.Ask("hello"));
        await arrived.Task.WaitAsync(TimeSpan.FromSeconds(10));

        var second = await _gateway.SendAsync(TheGateway.Ask("hello"));

        Assert.Equal(HttpStatusCode.ServiceUnavailable, second.Status);
        Assert.Equal("1", second.Headers["retry-after"]);
        Assert.Equal("overloaded", second.Error.GetProperty("code").GetString());
        var record = await _gateway.Audit.LastAsync();
        Assert.Equal(("refused", "overloaded", 503), (record.Outcome, record.Reason, record.Status));
        Assert.Single(_gateway.Backend.Received);

        mayAnswer.SetResult();
        Assert.Equal(HttpStatusCode.OK, (await first).Status);
        Assert.Equal(HttpStatusCode.OK, (await _gateway.SendAsync(TheGateway.Ask("hello"))).Status);
    }
}
