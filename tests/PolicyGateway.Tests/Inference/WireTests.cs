using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using PolicyGateway.Tests.Fakes;

namespace PolicyGateway.Tests.Inference;

/// <summary>Clients that speak HTTP in unusual ways: judged like all others, or refused, and bounded.</summary>
public sealed class WireTests : IAsyncLifetime
{
    private readonly TheGateway _gateway = new();

    public Task InitializeAsync()
    {
        // More than the kernel's buffers on the way to a client that does not read.
        _gateway.Settings["Gateway:MaxHeldBytes"] = "134217728";
        _gateway.Settings["Gateway:MaxWrite"] = "00:00:02";
        return _gateway.InitializeAsync();
    }

    public Task DisposeAsync() => _gateway.DisposeAsync();

    [Theory]
    [InlineData("hello", "200 OK")]
    [InlineData(KeywordClassifier.Cyber, "403 Forbidden")]
    public async Task A_request_in_http_1_0_is_judged_like_any_other(string prompt, string status)
    {
        var body = Body(prompt);

        var answer = await SendRawAsync($"POST /v1/chat/completions HTTP/1.0\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}");

        Assert.StartsWith($"HTTP/1.1 {status}\r\n", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("marker", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("hello", "200 OK")]
    [InlineData(KeywordClassifier.Cyber, "403 Forbidden")]
    public async Task A_body_in_chunks_is_judged_whole_and_its_trailers_go_nowhere(string prompt, string status)
    {
        var body = Body(prompt);
        var chunks = string.Concat(body.Chunk(7).Select(chunk => $"{chunk.Length:x}\r\n{new string(chunk)}\r\n"));

        var answer = await SendRawAsync(
            $"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\nTrailer: x-tier\r\n\r\n{chunks}0\r\nx-tier: professional\r\n\r\n");

        Assert.StartsWith($"HTTP/1.1 {status}\r\n", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("marker", answer, StringComparison.Ordinal);
        foreach (var received in _gateway.Backend.Received)
        {
            Assert.Equal(body, Encoding.UTF8.GetString(received.Body));
            Assert.DoesNotContain("professional", string.Join('\n', received.Headers), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("hello", HttpStatusCode.OK)]
    [InlineData(KeywordClassifier.Cyber, HttpStatusCode.Forbidden)]
    public async Task A_client_that_waits_for_100_continue_gets_it(string prompt, HttpStatusCode status)
    {
        var answer = await _gateway.SendAsync(TheGateway.Ask(prompt), change: static request => request.Headers.ExpectContinue = true);

        Assert.Equal(status, answer.Status);
    }

    [Fact]
    public async Task Two_lengths_are_refused()
    {
        var body = Body("hello");

        var answer = await SendRawAsync(
            $"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");

        Assert.DoesNotContain("200 OK", answer, StringComparison.Ordinal);
        Assert.Empty(_gateway.Backend.Received);
    }

    [Fact]
    public async Task Http_2_in_clear_text_is_not_spoken()
    {
        var answer = await SendRawAsync("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

        Assert.DoesNotContain("200", answer, StringComparison.Ordinal);
        Assert.Empty(_gateway.Backend.Received);
    }

    [Fact]
    public async Task A_client_that_does_not_send_its_body_is_told_so_in_bounded_time()
    {
        var answer = await SendRawAsync(
            "POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{\"model\"", TimeSpan.FromSeconds(30));

        Assert.StartsWith("HTTP/1.1 408", answer, StringComparison.Ordinal);
        Assert.Empty(_gateway.Backend.Received);
    }

    [Fact]
    public async Task A_client_that_does_not_read_holds_the_backend_back_and_is_dropped_in_bounded_time()
    {
        var written = 0L;
        _gateway.Backend.Answer = async context =>
        {
            context.Response.ContentType = "text/event-stream";
            var chunk = ScriptedBackend.Chunk(new { content = string.Concat(Enumerable.Repeat("word ", 1000)) }, null);
            while (true)
            {
                await context.Response.WriteAsync(chunk, context.RequestAborted);
                Interlocked.Add(ref written, chunk.Length);

                // Writes to a connection that is gone succeed at once, until the server says so.
                await Task.Yield();
            }
        };
        var body = Body("hello", stream: true);
        using var client = new TcpClient { ReceiveBufferSize = 8192 };
        await client.ConnectAsync(IPAddress.Loopback, _gateway.Url.Port);
        await client.GetStream().WriteAsync(Encoding.UTF8.GetBytes(
            $"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}"));

        await _gateway.Backend.Aborted.Task.WaitAsync(TimeSpan.FromSeconds(40));

        // What fits the sockets' buffers on the way, which the kernel lets grow to tens of megabytes, and no more.
        Assert.InRange(Interlocked.Read(ref written), 1, 96 * 1024 * 1024);
        Assert.Equal(("aborted", "client_closed_request"), ((await _gateway.Audit.LastAsync()).Outcome, (await _gateway.Audit.LastAsync()).Reason));
    }

    [Theory]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":{"text":"hello"}}]}""")]
    [InlineData("""[{"jsonrpc":"2.0","method":"chat","params":{"model":"m","messages":[]}}]""")]
    [InlineData("""{"model":"m","prompt":"hello"}""")]
    [InlineData("""{"model":"m","input":"hello"}""")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":[15339,1917]}]}""")]
    public async Task A_body_of_another_shape_is_refused(string body)
    {
        var answer = await _gateway.SendAsync(TheGateway.Json(body));

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Empty(_gateway.Backend.Received);
    }

    [Theory]
    [InlineData("", HttpStatusCode.OK)]
    [InlineData(KeywordClassifier.Cyber, HttpStatusCode.Forbidden)]
    public async Task A_tool_schema_of_a_megabyte_is_read_to_its_end(string last, HttpStatusCode status)
    {
        var schema = string.Join(',', Enumerable.Range(0, 10_000).Select(i => $$"""
            "field{{i}}": { "type": "string", "description": "The {{i}}th field of an ordinary form, as somebody fills it in." }
            """));

        var answer = await _gateway.SendAsync(TheGateway.Ask("hello", extra:
            $$""","tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object","properties":{ {{schema}}, "last": { "description": "x {{last}}" } } } } }]"""));

        Assert.Equal(status, answer.Status);
    }

    private async Task<string> SendRawAsync(string request, TimeSpan? patience = null)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, _gateway.Url.Port);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.UTF8.GetBytes(request));
        using var reader = new StreamReader(stream);
        return await reader.ReadToEndAsync().WaitAsync(patience ?? TimeSpan.FromSeconds(10));
    }

    private static string Body(string prompt, bool stream = false) =>
        JsonSerializer.Serialize(new { model = "m", stream, messages = new[] { new { role = "user", content = prompt } } });
}
