using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using PolicyGateway.Audit;
using PolicyGateway.Tests.Fakes;

namespace PolicyGateway.Tests.Inference;

/// <summary>Clients that send or read slowly, or not at all: what they cost is a place among those that run at once, for a bounded time.</summary>
public sealed class SlowClientTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>More than the kernel's buffers on the way to a client that does not read.</summary>
    private static readonly string Large = ScriptedBackend.Completion(new string('y', 24 * 1024 * 1024));

    private readonly TheGateway _gateway = new();

    public Task InitializeAsync()
    {
        _gateway.Settings["Gateway:MaxConcurrentRequests"] = "1";
        _gateway.Settings["Gateway:MaxHeldBytes"] = "67108864";
        _gateway.Settings["Gateway:MaxRead"] = "00:00:01";
        _gateway.Settings["Gateway:MaxWrite"] = "00:00:03";
        _gateway.Settings["Moderations:Enabled"] = "true";
        _gateway.Settings["Moderations:Tier"] = "registered";
        return _gateway.InitializeAsync();
    }

    public Task DisposeAsync() => _gateway.DisposeAsync();

    [Theory]
    [InlineData("/v1/chat/completions")]
    [InlineData("/v1/messages")]
    [InlineData("/v1/moderations")]
    public async Task A_body_that_trickles_in_is_a_408_in_the_dialects_shape_and_its_connection_and_its_place_are_taken_back(string path)
    {
        using var client = await ConnectAsync();
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(
            $"POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {_gateway.Token("registered")}\r\nContent-Type: application/json\r\nContent-Length: 4000000\r\n\r\n{{"));
        using var stop = new CancellationTokenSource();
        var trickle = TrickleAsync(stream, stop.Token);

        var answer = await ReadToEndAsync(stream).WaitAsync(Patience);

        await stop.CancelAsync();
        await trickle;
        Assert.StartsWith("HTTP/1.1 408", answer, StringComparison.Ordinal);
        Assert.Contains("\r\nConnection: close\r\n", answer, StringComparison.Ordinal);
        var error = JsonDocument.Parse(answer[answer.IndexOf('{', StringComparison.Ordinal)..(answer.LastIndexOf('}') + 1)]).RootElement;
        Assert.Equal(path == "/v1/messages", error.TryGetProperty("type", out _));
        Assert.Equal("request_timeout", error.GetProperty("error").GetProperty("code").GetString());
        var record = await RecordAsync();
        Assert.Equal(("refused", "request_timeout", 408), (record.Outcome, record.Reason, record.Status));
        Assert.Empty(_gateway.Backend.Received);
        Assert.Equal(HttpStatusCode.OK, (await _gateway.SendAsync(TheGateway.Ask("hello"))).Status);
    }

    [Theory]
    [InlineData("pilot")]
    [InlineData("lab")]
    [InlineData("enforced")]
    public async Task A_client_that_does_not_read_a_whole_answer_is_dropped_and_its_place_is_taken_back(string tenant)
    {
        _gateway.Backend.Answer = context => ScriptedBackend.WriteJsonAsync(context, Large);
        using var client = await AskAsync(tenant, buffer: 8192);

        var record = await RecordAsync();

        Assert.Equal("client_closed_request", record.Reason);
        _gateway.Backend.Reset();
        Assert.Equal(HttpStatusCode.OK, (await _gateway.SendAsync(TheGateway.Ask("hello"))).Status);
    }

    [Theory]
    [InlineData("lab")]
    [InlineData("enforced")]
    public async Task A_client_that_reads_slowly_but_steadily_gets_all_of_a_whole_answer(string tenant)
    {
        _gateway.Backend.Answer = context => ScriptedBackend.WriteJsonAsync(context, Large);
        using var client = await AskAsync(tenant);
        var (stream, buffer, received) = (client.GetStream(), new byte[768 * 1024], 0L);

        for (int read; (read = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false).AsTask().WaitAsync(Patience)) > 0;)
        {
            received += read;
            await Task.Delay(TimeSpan.FromMilliseconds(250));
        }

        Assert.InRange(received, Large.Length, Large.Length + 64 * 1024);
        Assert.Equal(("released", 200), ((await RecordAsync()).Outcome, (await RecordAsync()).Status));
    }

    private async Task<TcpClient> AskAsync(string tenant, int? buffer = null)
    {
        var client = await ConnectAsync(buffer);
        const string Body = """{"model":"m","messages":[{"role":"user","content":"hello"}]}""";
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(
            $"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {_gateway.TokenOf(tenant)}\r\nContent-Type: application/json\r\nContent-Length: {Body.Length}\r\n\r\n{Body}"));
        return client;
    }

    private async Task<TcpClient> ConnectAsync(int? buffer = null)
    {
        var client = new TcpClient();
        if (buffer is { } size)
        {
            client.ReceiveBufferSize = size;
        }

        await client.ConnectAsync(IPAddress.Loopback, _gateway.Url.Port);
        return client;
    }

    /// <summary>Far more a second than the server's own least rate, and far less than would ever come to an end.</summary>
    private static async Task TrickleAsync(NetworkStream stream, CancellationToken stop)
    {
        try
        {
            while (true)
            {
                await stream.WriteAsync(new string(' ', 100).Select(static c => (byte)c).ToArray(), stop);
                await Task.Delay(TimeSpan.FromMilliseconds(50), stop);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException)
        {
            // The gateway has closed the connection, which is what this waits for.
        }
    }

    private static async Task<string> ReadToEndAsync(NetworkStream stream)
    {
        var (answer, buffer) = (new StringBuilder(), new byte[4096]);
        try
        {
            for (int read; (read = await stream.ReadAsync(buffer)) > 0;)
            {
                answer.Append(Encoding.UTF8.GetString(buffer, 0, read));
            }
        }
        catch (IOException)
        {
            // What was still on its way when the connection was closed makes its end a reset.
        }

        return answer.ToString();
    }

    /// <summary>What was noted of the first request, which is noted when its place is taken back.</summary>
    private async Task<AuditRecord> RecordAsync()
    {
        for (var i = 0; i < 300 && _gateway.Audit.Noted.IsEmpty; i++)
        {
            await Task.Delay(100);
        }

        Assert.True(_gateway.Audit.Noted.TryPeek(out var record), "The request did not come to an end.");
        return record;
    }
}
