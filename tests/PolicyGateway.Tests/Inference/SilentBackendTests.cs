using Microsoft.AspNetCore.Http;
using PolicyGateway.Tests.Fakes;

namespace PolicyGateway.Tests.Inference;

/// <summary>A backend that is silent for longer than it may, behind a gateway of its own: on a busy machine other tests may need longer.</summary>
public sealed class SilentBackendTests : IAsyncLifetime
{
    private const string Secret = "secret of the backend";

    private readonly TheGateway _gateway = new();

    public Task InitializeAsync()
    {
        _gateway.Settings["Backends:Clusters:c:ActivityTimeout"] = "00:00:02";
        return _gateway.InitializeAsync();
    }

    public Task DisposeAsync() => _gateway.DisposeAsync();

    [Fact]
    public async Task That_stays_silent_is_a_504()
    {
        _gateway.Backend.Answer = context => Task.Delay(Timeout.Infinite, context.RequestAborted);

        await AssertFailsAsync(false, 504, "upstream_timeout");
    }

    [Fact]
    public async Task That_falls_silent_in_its_middle_is_no_completion()
    {
        _gateway.Backend.Answer = async context =>
        {
            context.Response.ContentType = "text/event-stream";
            await context.Response.WriteAsync(ScriptedBackend.Chunk(new { content = Secret }, null));
            await context.Response.Body.FlushAsync();
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        };

        await AssertFailsAsync(true, 502, "upstream_failed");
    }

    private async Task AssertFailsAsync(bool stream, int status, string code)
    {
        var answer = await _gateway.SendAsync(TheGateway.Ask("hello", stream), _gateway.Professional);

        Assert.Equal((status, code), ((int)answer.Status, answer.Code));
        Assert.DoesNotContain(Secret, answer.Everything, StringComparison.Ordinal);
        await _gateway.Backend.Aborted.Task.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal("upstream_failed", (await _gateway.Audit.LastAsync()).Outcome);
        _gateway.Reset();
        Assert.Equal(System.Net.HttpStatusCode.OK, (await _gateway.SendAsync(TheGateway.Ask("hello"))).Status);
    }
}
