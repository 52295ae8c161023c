using System.IO.Compression;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using PolicyGateway.Tests.Fakes;

namespace PolicyGateway.Tests.Inference;

/// <summary>Every way in which a backend fails: the right status, nothing that was not judged, a record, and life goes on.</summary>
public sealed class UpstreamTests(TheGateway gateway) : IClassFixture<TheGateway>, IAsyncLifetime
{
    private const string Secret = "secret of the backend";

    public Task InitializeAsync()
    {
        gateway.Reset();
        return Task.CompletedTask;
    }

    /// <summary>Whatever happened: the next request is answered.</summary>
    public async Task DisposeAsync()
    {
        Assert.Equal("upstream_failed", (await gateway.Audit.LastAsync()).Outcome);
        gateway.Reset();
        Assert.Equal(HttpStatusCode.OK, (await gateway.SendAsync(TheGateway.Ask("hello"))).Status);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_backend_that_resets_is_a_502(bool stream)
    {
        gateway.Backend.Answer = context =>
        {
            context.Abort();
            return Task.CompletedTask;
        };

        await AssertFailsAsync(stream, 502, "upstream_failed");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_backend_that_breaks_off_in_its_middle_is_a_502(bool stream)
    {
        gateway.Backend.Answer = async context =>
        {
            context.Response.ContentType = stream ? "text/event-stream" : "application/json";
            await context.Response.WriteAsync(stream ? ScriptedBackend.Chunk(new { content = Secret }, null) : "{\"choices\":[{\"message\":{\"content\":\"" + Secret);
            await context.Response.Body.FlushAsync();
            context.Abort();
        };

        await AssertFailsAsync(stream, 502, "upstream_failed");
    }

    [Fact]
    public async Task A_stream_that_ends_cleanly_without_a_finish_reason_is_a_502()
    {
        gateway.Backend.Answer = context => ScriptedBackend.WriteStreamAsync(context, ScriptedBackend.Chunk(new { content = Secret }, null));

        await AssertFailsAsync(true, 502, "upstream_invalid_response");
    }

    [Theory]
    [InlineData("<html>" + Secret + "</html>", "text/html")]
    [InlineData(Secret, "application/json")]
    [InlineData("{\"text\":\"" + Secret + "\"}", "application/json")]
    [InlineData("", "application/json")]
    [InlineData("data: {}\n\n", "text/event-stream")]
    public async Task An_answer_that_is_no_completion_is_a_502(string body, string type)
    {
        gateway.Backend.Answer = context =>
        {
            context.Response.ContentType = type;
            return context.Response.WriteAsync(body);
        };

        await AssertFailsAsync(false, 502, "upstream_invalid_response");
    }

    [Fact]
    public async Task A_compressed_answer_is_not_guessed_at()
    {
        gateway.Backend.Answer = async context =>
        {
            context.Response.ContentType = "application/json";
            context.Response.Headers.ContentEncoding = "gzip";
            await using var gzip = new GZipStream(context.Response.Body, CompressionLevel.Fastest);
            await gzip.WriteAsync(Encoding.UTF8.GetBytes(ScriptedBackend.Completion(Secret)));
        };

        await AssertFailsAsync(false, 502, "upstream_invalid_response");
    }

    [Theory]
    [InlineData(500, "text/html", 502, "upstream_failed")]
    [InlineData(401, "application/json", 502, "upstream_failed")]
    [InlineData(403, "application/json", 502, "upstream_failed")]
    [InlineData(302, "application/json", 502, "upstream_failed")]
    [InlineData(429, "text/plain", 429, "upstream_rate_limited")]
    [InlineData(400, "text/plain", 400, "upstream_rejected")]
    public async Task An_error_that_may_not_leave_is_replaced(int status, string type, int expected, string code)
    {
        gateway.Backend.Answer = context =>
        {
            context.Response.StatusCode = status;
            context.Response.ContentType = type;
            context.Response.Headers.Location = "http://127.0.0.1:1/" + "elsewhere";
            return context.Response.WriteAsync("{\"error\":{\"message\":\"" + Secret + "\"}}");
        };

        await AssertFailsAsync(false, expected, code);
    }

    [Fact]
    public async Task More_than_may_be_held_is_a_refusal_and_drops_the_backend()
    {
        gateway.Backend.Answer = async context =>
        {
            context.Response.ContentType = "text/event-stream";
            var endless = "data: " + new string('x', 60_000);
            while (!context.RequestAborted.IsCancellationRequested)
            {
                await context.Response.WriteAsync(endless, context.RequestAborted);
            }
        };

        await AssertFailsAsync(true, 502, "completion_too_large");
        await gateway.Backend.Aborted.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task An_endless_stream_is_ended_where_its_text_is_more_than_may_be_held()
    {
        gateway.Backend.Answer = async context =>
        {
            context.Response.ContentType = "text/event-stream";
            var chunk = ScriptedBackend.Chunk(new { content = new string('x', 60_000) }, null);
            while (!context.RequestAborted.IsCancellationRequested)
            {
                await context.Response.WriteAsync(chunk, context.RequestAborted);
            }
        };

        await Assert.ThrowsAnyAsync<HttpRequestException>(() => gateway.SendAsync(TheGateway.Ask("hello", stream: true)));

        await gateway.Backend.Aborted.Task.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal("completion_too_large", (await gateway.Audit.LastAsync()).Reason);
    }

    private async Task AssertFailsAsync(bool stream, int status, string code)
    {
        var answer = await gateway.SendAsync(TheGateway.Ask("hello", stream), gateway.Professional);

        Assert.Equal(status, (int)answer.Status);
        Assert.Equal(code, answer.Code);
        Assert.DoesNotContain(Secret, answer.Everything, StringComparison.Ordinal);
        Assert.DoesNotContain("elsewhere", answer.Everything, StringComparison.Ordinal);
    }
}
