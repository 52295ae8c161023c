using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using PolicyGateway.Tests.Fakes;

namespace PolicyGateway.Tests.Inference;

/// <summary>Ways round the gate that are not in a text: protocol switches, heads, and failures of the gateway itself.</summary>
public sealed class ProbeTests(TheGateway gateway) : IClassFixture<TheGateway>
{
    [Theory]
    [InlineData("Content-Type", "application/json; note=marker-cyber")]
    [InlineData("Content-Type", "application/json-marker-cyber")]
    [InlineData("Retry-After", "marker-cyber")]
    [InlineData("openai-processing-ms", "marker-cyber")]
    [InlineData("x-should-retry", "marker-cyber")]
    public async Task A_backends_header_carries_no_text(string name, string value)
    {
        gateway.Reset();
        gateway.Backend.Answer = context =>
        {
            context.Response.ContentType = "application/json";
            context.Response.Headers[name] = value;
            return context.Response.WriteAsync(ScriptedBackend.Completion("Hello."));
        };

        var answer = await gateway.SendAsync(TheGateway.Ask("hello"));

        Assert.DoesNotContain("marker", answer.Everything, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_charset_under_which_a_client_would_read_something_else_is_not_released()
    {
        gateway.Reset();
        gateway.Backend.Answer = context =>
        {
            context.Response.ContentType = "application/json; charset=utf-16";
            return context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(ScriptedBackend.Completion("Hello."))).AsTask();
        };

        Assert.Equal(HttpStatusCode.BadGateway, (await gateway.SendAsync(TheGateway.Ask("hello"))).Status);
    }

    [Fact]
    public async Task A_protocol_switch_never_gets_past_the_gate()
    {
        gateway.Reset();
        gateway.Backend.Answer = async context =>
        {
            if (context.Features.Get<IHttpUpgradeFeature>() is { IsUpgradableRequest: true } upgrade)
            {
                await using var raw = await upgrade.UpgradeAsync();
                await raw.WriteAsync(Encoding.UTF8.GetBytes(KeywordClassifier.Cyber));
                return;
            }

            await ScriptedBackend.WriteJsonAsync(context, ScriptedBackend.Completion("Hello."));
        };
        using var client = new TcpClient();
        await client.ConnectAsync(gateway.Url.Host, gateway.Url.Port);
        var body = await TheGateway.Ask("hello").ReadAsStringAsync();
        await client.GetStream().WriteAsync(Encoding.UTF8.GetBytes(
            $"POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}"));

        var text = await ReadForAsync(client.GetStream(), TimeSpan.FromSeconds(1));

        Assert.DoesNotContain("marker", text, StringComparison.Ordinal);
        Assert.DoesNotContain("101 ", text, StringComparison.Ordinal);
        Assert.All(gateway.Backend.Received, request => Assert.DoesNotContain("Upgrade", request.Headers.Keys));
    }

    [Fact]
    public async Task A_failure_of_the_gateway_is_recorded_under_the_id_that_the_caller_gets()
    {
        gateway.Reset();
        gateway.Classifier.Fails = text => text.Contains("fall over", StringComparison.Ordinal);

        var answer = await gateway.SendAsync(TheGateway.Ask("fall over"));
        gateway.Classifier.Fails = _ => false;

        var record = await gateway.Audit.LastAsync();
        Assert.Equal(HttpStatusCode.InternalServerError, answer.Status);
        Assert.Equal(("internal_error", 500), (record.Reason, record.Status));
        Assert.Equal(answer.Headers["x-request-id"], record.DecisionId);
    }

    [Fact]
    public async Task A_made_up_model_brings_no_text_into_the_audit()
    {
        gateway.Reset();

        await gateway.SendAsync(TheGateway.Json("""{"model":"my own words, at length","messages":[{"role":"user","content":"a"}]}"""));

        Assert.Equal("unknown", (await gateway.Audit.LastAsync()).RequestedModel);
    }

    [Fact]
    public async Task In_shadow_a_client_that_leaves_is_recorded_as_gone_with_what_it_got()
    {
        gateway.Reset();
        var first = ScriptedBackend.Chunk(new { content = KeywordClassifier.Cyber }, null);
        gateway.Backend.Answer = async context =>
        {
            context.Response.ContentType = "text/event-stream";
            await context.Response.WriteAsync(first);
            await context.Response.Body.FlushAsync();
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        };
        using var client = gateway.ClientThatHangsUp();
        using var request = TheGateway.Request(TheGateway.Ask("hello", stream: true), gateway.TokenOf("pilot"));
        var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        await (await response.Content.ReadAsStreamAsync()).ReadExactlyAsync(new byte[first.Length]);

        response.Dispose();

        await gateway.Backend.Aborted.Task.WaitAsync(TimeSpan.FromSeconds(30));
        var record = await gateway.Audit.LastAsync();
        Assert.Equal(("aborted", "client_closed_request", (long)first.Length), (record.Outcome, record.Reason, record.ReleasedBytes));
    }

    private static async Task<string> ReadForAsync(NetworkStream stream, TimeSpan time)
    {
        var (text, buffer) = (new StringBuilder(), new byte[4096]);
        using var stop = new CancellationTokenSource(time);
        try
        {
            int read;
            while ((read = await stream.ReadAsync(buffer, stop.Token)) > 0)
            {
                text.Append(Encoding.UTF8.GetString(buffer, 0, read));
            }
        }
        catch (OperationCanceledException)
        {
            // The connection stayed open; what came by now is all.
        }

        return text.ToString();
    }
}
