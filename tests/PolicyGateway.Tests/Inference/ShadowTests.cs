using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using PolicyGateway.Tests.Fakes;

namespace PolicyGateway.Tests.Inference;

/// <summary>Shadow changes no byte because of a verdict and delays none; off asks for no verdict.</summary>
public sealed class ShadowTests(TheGateway gateway) : IClassFixture<TheGateway>
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_would_be_refused_passes_byte_by_byte_and_is_recorded(bool stream)
    {
        gateway.Reset();
        var body = stream ? ScriptedBackend.Stream(KeywordClassifier.Cyber) : ScriptedBackend.Completion(KeywordClassifier.Cyber);
        gateway.Backend.Answer = context => stream ? ScriptedBackend.WriteStreamAsync(context, body) : ScriptedBackend.WriteJsonAsync(context, body);

        var answer = await gateway.SendAsync(TheGateway.Ask("hello", stream), gateway.TokenOf("pilot"));

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal(body, answer.Text);
        var record = await gateway.Audit.LastAsync();
        Assert.Equal("shadow", record.Mode);
        Assert.Equal("refuse", record.Action);
        Assert.Equal("cyber", record.Category);
        Assert.Equal(("released", "verification_required"), (record.Outcome, record.Reason));
        Assert.Equal(Encoding.UTF8.GetByteCount(body), record.ReleasedBytes);
    }

    [Fact]
    public async Task A_slow_classifier_delays_no_byte()
    {
        gateway.Reset();
        gateway.Classifier.Delay = TimeSpan.FromMilliseconds(700);
        var finish = new TaskCompletionSource();
        gateway.Backend.Answer = async context =>
        {
            context.Response.ContentType = "text/event-stream";
            await context.Response.WriteAsync(ScriptedBackend.Chunk(new { content = "a" }, null));
            await context.Response.Body.FlushAsync();
            await finish.Task;
            await context.Response.WriteAsync(ScriptedBackend.Chunk(new { }, "stop"));
        };
        using var request = TheGateway.Request(TheGateway.Ask("hello " + KeywordClassifier.Cyber, stream: true), gateway.TokenOf("pilot"));
        using var response = await gateway.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        await using var body = await response.Content.ReadAsStreamAsync();

        var first = await body.ReadAsync(new byte[4096]).AsTask();
        Assert.Empty(gateway.Audit.Noted);
        finish.SetResult();
        using var rest = new StreamReader(body);
        var text = await rest.ReadToEndAsync();

        Assert.True(first > 0);
        Assert.Contains("stop", text, StringComparison.Ordinal);
        Assert.Empty(gateway.Audit.Noted);
        Assert.Equal("shadow", (await gateway.Audit.LastAsync()).Mode);
    }

    [Fact]
    public async Task A_classifier_that_fails_changes_nothing()
    {
        gateway.Reset();
        gateway.Classifier.Unknown = PolicyGateway.Classification.UnknownReason.RuntimeFailure;

        var answer = await gateway.SendAsync(TheGateway.Ask("hello"), gateway.TokenOf("pilot"));

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal("unavailable", (await gateway.Audit.LastAsync()).Action);
    }

    [Fact]
    public async Task A_tenant_that_is_off_is_not_classified_and_still_recorded()
    {
        gateway.Reset();
        var before = gateway.Classifier.Asked;

        var answer = await gateway.SendAsync(TheGateway.Ask(KeywordClassifier.Cyber), gateway.TokenOf("lab"));

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal("off", (await gateway.Audit.LastAsync()).Mode);
        Assert.Equal(before, gateway.Classifier.Asked);
    }
}
