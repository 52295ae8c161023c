using PolicyGateway.Tests.Fakes;
using PolicyGateway.Tests.Inference;

namespace PolicyGateway.Tests.Telemetry;

/// <summary>What others said of a text, and what came of it, as a trace shows it: without a word of the text.</summary>
[Collection(TelemetryTests.Name)]
public sealed class SignalTraceTests
{
    [Fact]
    public async Task What_the_guard_and_the_backend_said_stands_in_the_trace_with_its_effect()
    {
        await using var guard = await ScriptedBackend.StartAsync();
        guard.Answer = static context => ScriptedBackend.WriteJsonAsync(context, ScriptedBackend.Completion("safe"));
        await using var gateway = await TracedGateway.StartAsync(the =>
        {
            the.Settings["Guard:Endpoint"] = guard.Url + "/v1/chat/completions";
            the.Settings["Guard:Model"] = "llama-guard";
            the.Settings["Backends:Clusters:c:Signals:0:Header"] = "x-expert-score";
            the.Settings["Backends:Clusters:c:Signals:0:Head"] = "cyber";
        });
        gateway.The.Backend.Answer = static context =>
        {
            context.Response.Headers["x-expert-score"] = "0.9";
            return ScriptedBackend.WriteJsonAsync(context, ScriptedBackend.Completion("Hello."));
        };

        var (_, trace) = await gateway.SendAsync(TheGateway.Ask($"private words {KeywordClassifier.DoubtfulCyber}"));

        Assert.Equal("read, classify{guard}, decide, chat m, clear{classify, refuse}, record", trace.Story);
        Assert.Equal("safe", trace.Step("guard").GetTagItem("policygateway.guard.answer"));
        Assert.Equal(["guard:cyber:cleared"], (string[])trace.Step("classify").GetTagItem("policygateway.signals")!);
        Assert.Equal(["c/x-expert-score:cyber:stricter"], (string[])trace.Server.GetTagItem("policygateway.signals")!);
        Assert.DoesNotContain("private words", string.Join('\n', gateway.Spans.Select(TracedGateway.Everything)), StringComparison.Ordinal);
        Assert.DoesNotContain("private words", await gateway.ScrapeAsync(), StringComparison.Ordinal);
    }
}
