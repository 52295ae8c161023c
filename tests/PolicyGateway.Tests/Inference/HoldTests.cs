using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using PolicyGateway.Tests.Fakes;

namespace PolicyGateway.Tests.Inference;

/// <summary>Long holds: keep-alives, and what a client sees after one.</summary>
public sealed class HoldTests : IAsyncLifetime
{
    private readonly TheGateway _gateway = new();

    public async Task InitializeAsync()
    {
        _gateway.Settings["Gateway:SilentHold"] = "00:00:00.100";
        _gateway.Settings["Gateway:KeepAliveInterval"] = "00:00:00.050";
        await _gateway.InitializeAsync();
    }

    public Task DisposeAsync() => _gateway.DisposeAsync();

    [Fact]
    public async Task A_long_hold_is_kept_alive_and_then_released()
    {
        var stream = ScriptedBackend.Stream("Hello, this takes a while.");
        SlowlyAnswer(stream);

        var answer = await _gateway.SendAsync(TheGateway.Ask("hello", stream: true));

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.StartsWith(": keep-alive\n\n", answer.Text, StringComparison.Ordinal);
        Assert.EndsWith(stream, answer.Text, StringComparison.Ordinal);
        Assert.Equal("", answer.Text.Replace(": keep-alive\n\n", "", StringComparison.Ordinal).Replace(stream, "", StringComparison.Ordinal));
        Assert.StartsWith("text/event-stream", answer.Headers["content-type"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refusal_after_a_keep_alive_is_the_dialects_block()
    {
        SlowlyAnswer(ScriptedBackend.Stream(KeywordClassifier.Cyber));

        var answer = await _gateway.SendAsync(TheGateway.Ask("hello", stream: true, extra: ",\"n\":2"));

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.DoesNotContain("marker", answer.Everything, StringComparison.Ordinal);
        Assert.Equal(2, answer.Text.Split("\"finish_reason\":\"content_filter\"").Length - 1);
        Assert.EndsWith("data: [DONE]\n\n", answer.Text, StringComparison.Ordinal);
        Assert.Equal("refused", (await _gateway.Audit.LastAsync()).Outcome);
    }

    [Fact]
    public async Task A_backend_that_dies_after_a_keep_alive_is_an_error_frame_and_a_broken_connection()
    {
        _gateway.Backend.Answer = async context =>
        {
            context.Response.ContentType = "text/event-stream";
            await context.Response.WriteAsync(ScriptedBackend.Chunk(new { content = "secret" }, null));
            await context.Response.Body.FlushAsync();
            await Task.Delay(400);
            context.Abort();
        };
        using var request = TheGateway.Request(TheGateway.Ask("hello", stream: true));
        using var response = await _gateway.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        await using var body = await response.Content.ReadAsStreamAsync();
        var text = new StringBuilder();

        var broken = await Assert.ThrowsAnyAsync<IOException>(async () =>
        {
            var buffer = new byte[1024];
            int read;
            while ((read = await body.ReadAsync(buffer)) > 0)
            {
                text.Append(Encoding.UTF8.GetString(buffer, 0, read));
            }
        });

        Assert.NotNull(broken);
        Assert.Contains("upstream_failed", text.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("secret", text.ToString(), StringComparison.Ordinal);
        Assert.Equal("upstream_failed", (await _gateway.Audit.LastAsync()).Outcome);
    }

    [Fact]
    public async Task A_hold_is_bounded_in_time()
    {
        // A gateway of its own: on a busy machine the other tests may need longer than this.
        await using var gateway = new TheGateway();
        gateway.Settings["Gateway:MaxHold"] = "00:00:01.000";
        await gateway.InitializeAsync();
        gateway.Backend.Answer = async context =>
        {
            context.Response.ContentType = "application/json";
            while (!context.RequestAborted.IsCancellationRequested)
            {
                await context.Response.WriteAsync(" ", context.RequestAborted);
                await context.Response.Body.FlushAsync(context.RequestAborted);
                await Task.Delay(20, context.RequestAborted);
            }
        };

        var answer = await gateway.SendAsync(TheGateway.Ask("hello"));

        Assert.Equal(HttpStatusCode.GatewayTimeout, answer.Status);
        Assert.Equal("upstream_timeout", answer.Code);
        await gateway.Backend.Aborted.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_client_that_leaves_ends_the_backends_work(bool stream)
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _gateway.Backend.Answer = async context =>
        {
            context.Response.ContentType = stream ? "text/event-stream" : "application/json";
            await context.Response.WriteAsync(stream ? ScriptedBackend.Chunk(new { content = "a" }, null) : " ");
            await context.Response.Body.FlushAsync();
            asked.SetResult();
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        };
        using var leave = new CancellationTokenSource();
        using var request = TheGateway.Request(TheGateway.Ask("hello", stream));
        var sending = _gateway.Client.SendAsync(request, leave.Token);
        await asked.Task;

        await leave.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending);
        await _gateway.Backend.Aborted.Task.WaitAsync(TimeSpan.FromSeconds(30));
        var record = await _gateway.Audit.LastAsync();
        Assert.Equal("aborted", record.Outcome);
        Assert.Equal(0, record.ReleasedBytes);
    }

    private void SlowlyAnswer(string stream) => _gateway.Backend.Answer = async context =>
    {
        context.Response.ContentType = "text/event-stream";
        await context.Response.Body.FlushAsync();
        await Task.Delay(400);
        await context.Response.WriteAsync(stream);
    };
}
