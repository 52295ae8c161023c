using System.Diagnostics;
using System.Net;
using Microsoft.AspNetCore.Http;
using PolicyGateway.Tests.Fakes;
using PolicyGateway.Tests.Inference;

namespace PolicyGateway.Tests.Telemetry;

/// <summary>The trace of one request reads like the seven steps, and nothing that anybody wrote stands in it.</summary>
[Collection(TelemetryTests.Name)]
public sealed class TraceTests
{
    // In every text that a client or a backend chooses; nothing that the gateway says may hold it.
    private const string Mark = "zqxmark";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_release_reads_like_the_seven_steps(bool stream)
    {
        await using var gateway = await TracedGateway.StartAsync();
        Answer(gateway, stream, "Hello.");

        var (answer, trace) = await gateway.SendAsync(TheGateway.Ask("hello", stream));

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal("read, classify, decide, chat m, clear{classify}, record", trace.Story);
        Assert.Equal("POST /v1/chat/completions", trace.Server.DisplayName);
        Assert.Equal("allow", trace.Server.GetTagItem("policygateway.decision"));
        Assert.Equal("released", trace.Server.GetTagItem("policygateway.outcome"));
        Assert.Equal("benign", trace.Server.GetTagItem("policygateway.severity"));
    }

    [Fact]
    public async Task A_gated_release_shows_its_commit_before_the_end()
    {
        await using var gateway = await TracedGateway.StartAsync();
        Answer(gateway, true, KeywordClassifier.Cyber);

        var (answer, trace) = await gateway.SendAsync(TheGateway.Ask("hello", true), gateway.The.Professional);

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal("read, classify, decide, chat m, clear{classify, record}, record", trace.Story);
        Assert.Equal("commit", trace.Step("record").GetTagItem("policygateway.audit"));
        AssertTags(trace.Server, new()
        {
            ["gen_ai.operation.name"] = "chat",
            ["gen_ai.provider.name"] = "openai",
            ["gen_ai.request.model"] = "m",
            ["policygateway.decision"] = "allow",
            ["policygateway.outcome"] = "released",
            ["policygateway.category"] = "cyber",
            ["policygateway.severity"] = "dual-use",
            ["policygateway.mode"] = "enforce",
            ["policygateway.tier"] = "professional",
            ["policygateway.release_mode"] = "window",
            ["policygateway.stage"] = "keyword",
            ["policygateway.model"] = "keyword-1",
            ["policygateway.decision_id"] = answer.Headers["x-request-id"],
            ["http.response.status_code"] = 200,
        });
        Assert.NotEmpty((string)trace.Server.GetTagItem("policygateway.reason")!);
        Assert.NotEmpty((string)trace.Server.GetTagItem("policygateway.policy_version")!);
    }

    [Fact]
    public async Task The_forward_step_is_a_client_span_by_the_conventions_of_generative_ai()
    {
        await using var gateway = await TracedGateway.StartAsync();

        var (_, trace) = await gateway.SendAsync(TheGateway.Ask("hello"));

        var forward = trace.Step("chat m");
        Assert.Equal(ActivityKind.Client, forward.Kind);
        AssertTags(forward, new()
        {
            ["gen_ai.operation.name"] = "chat",
            ["gen_ai.provider.name"] = "openai",
            ["gen_ai.request.model"] = "m",
            ["http.response.status_code"] = 200,
        });
    }

    [Fact]
    public async Task A_refusal_ends_before_the_backend_and_says_why()
    {
        await using var gateway = await TracedGateway.StartAsync();

        var (answer, trace) = await gateway.SendAsync(TheGateway.Ask(KeywordClassifier.Cyber), gateway.The.Token("registered"));

        Assert.Equal(HttpStatusCode.Forbidden, answer.Status);
        Assert.Equal("read, classify, decide, refuse, record", trace.Story);
        AssertTags(trace.Server, new()
        {
            ["policygateway.decision"] = "refuse",
            ["policygateway.outcome"] = "refused",
            ["policygateway.reason"] = "verification_required",
            ["policygateway.category"] = "cyber",
            ["policygateway.severity"] = "dual-use",
            ["http.response.status_code"] = 403,
        });
        Assert.Equal("cyber", trace.Step("decide").GetTagItem("policygateway.category"));
        Assert.NotEqual(ActivityStatusCode.Error, trace.Server.Status);
    }

    [Fact]
    public async Task A_completion_that_is_refused_is_refused_inside_the_clearing()
    {
        await using var gateway = await TracedGateway.StartAsync();
        Answer(gateway, false, KeywordClassifier.Cyber);

        var (_, trace) = await gateway.SendAsync(TheGateway.Ask("hello"), gateway.The.Token("registered"));

        Assert.Equal("read, classify, decide, chat m, clear{classify, refuse}, record", trace.Story);
        Assert.Equal("verification_required", trace.Step("clear").GetTagItem("policygateway.reason"));
    }

    [Fact]
    public async Task A_failing_backend_is_an_error_on_the_step_that_called_it()
    {
        await using var gateway = await TracedGateway.StartAsync();
        gateway.The.Backend.Answer = context =>
        {
            context.Abort();
            return Task.CompletedTask;
        };

        var (_, trace) = await gateway.SendAsync(TheGateway.Ask("hello"));

        Assert.Equal("read, classify, decide, chat m, clear, record", trace.Story);
        Assert.Equal(ActivityStatusCode.Error, trace.Step("chat m").Status);
        Assert.NotNull(trace.Step("chat m").GetTagItem("error.type"));
        Assert.Equal(ActivityStatusCode.Error, trace.Server.Status);
    }

    [Fact]
    public async Task The_backend_gets_the_trace_and_nothing_else_that_a_client_put_into_tracing_headers()
    {
        await using var gateway = await TracedGateway.StartAsync();

        var (_, trace) = await gateway.SendAsync(TheGateway.Ask("hello"), null, request =>
        {
            request.Headers.TryAddWithoutValidation("baggage", $"user={Mark}");
            request.Headers.TryAddWithoutValidation("Correlation-Context", $"user={Mark}");
            request.Headers.TryAddWithoutValidation("tracestate", $"vendor={Mark}");
        });

        var headers = Assert.Single(gateway.The.Backend.Received).Headers;
        Assert.Contains(trace.Server.TraceId.ToHexString(), headers["traceparent"], StringComparison.Ordinal);
        Assert.DoesNotContain(Mark, string.Join('\n', headers.Select(header => $"{header.Key}: {header.Value}")), StringComparison.Ordinal);
        Assert.DoesNotContain(Mark, trace.Server.TraceStateString ?? "", StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_shadow_judges_afterwards_stands_in_the_trace_of_its_request()
    {
        await using var gateway = await TracedGateway.StartAsync();
        Answer(gateway, stream: false, KeywordClassifier.Cyber);

        var (answer, trace) = await gateway.SendAsync(TheGateway.Ask("hello"), gateway.The.TokenOf("pilot"));

        var record = await gateway.The.Audit.OfAsync(answer.Headers["x-request-id"]);
        Assert.Equal(trace.Server.TraceId.ToHexString(), record.TraceId);
        var (spans, observe) = (new List<Activity>(), default(Activity));
        for (var i = 0; i < 500 && observe is null; i++)
        {
            await Task.Delay(10);
            spans = [.. gateway.Spans.Where(span => span.TraceId == trace.Server.TraceId)];
            observe = spans.SingleOrDefault(static span => span.DisplayName == "observe");
        }

        Assert.Equal(trace.Server.SpanId, observe!.ParentSpanId);
        Assert.Equal(("refuse", "cyber"), (observe.GetTagItem("policygateway.decision"), observe.GetTagItem("policygateway.category")));
        Assert.Equal(
            ["classify", "classify", "record"],
            spans.Where(span => span.ParentSpanId == observe.SpanId).Select(static span => span.DisplayName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Nothing_that_a_client_or_a_backend_wrote_is_in_a_span_a_metric_or_a_log_line()
    {
        await using var gateway = await TracedGateway.StartAsync();
        var token = gateway.The.Professional;
        var secret = token.Split('.')[2];
        foreach (var stream in new[] { false, true })
        {
            foreach (var text in new[] { Mark, Mark + KeywordClassifier.Cyber, Mark + KeywordClassifier.Prohibited })
            {
                Answer(gateway, stream, Mark + " answers " + text);
                await gateway.SendAsync(TheGateway.Ask(text, stream), token, Decorate);
                await gateway.SendAsync(TheGateway.Ask(Mark, stream), null, Decorate);
                await gateway.SendAsync(TheGateway.Ask(text, stream), gateway.The.TokenOf("pilot"), Decorate);
            }
        }

        foreach (var body in new[]
        {
            $$"""{"model":"{{Mark}}-model","messages":[{"role":"user","content":"x"}]}""",
            $$"""{"model":"m","messages":[{"role":"user","content":"{{Mark}}""",
            $$"""{"model":"m","{{Mark}}":1,"{{Mark}}":2,"messages":[]}""",
            $$$"""{"model":"m","messages":[{"role":"{{{Mark}}}","content":"x"}],"tools":[{"type":"function","function":{"name":"{{{Mark}}}"}}]}""",
        })
        {
            await gateway.SendAsync(TheGateway.Json(body), token, Decorate);
        }

        await gateway.SendAsync(TheGateway.Ask("x"), Mark + ".a.b", Decorate);
        await gateway.SendAsync(TheGateway.Ask("x"), token, request => request.RequestUri = new Uri($"/{Mark}/path?key={Mark}", UriKind.Relative));
        await gateway.SendAsync(TheGateway.Ask("x"), token, request => request.Method = new HttpMethod(Mark.ToUpperInvariant()));
        gateway.The.Backend.Answer = context => ScriptedBackend.WriteJsonAsync(context, Mark, 500);
        await gateway.SendAsync(TheGateway.Ask(Mark), token, Decorate);
        gateway.The.Backend.Answer = static _ => throw new InvalidOperationException(Mark);
        await gateway.SendAsync(TheGateway.Ask(Mark), token, Decorate);

        await gateway.SendRawAsync($"GET /v1/models?{Mark}={Mark} HTTP/1.1\r\nHost: {Mark}.example\r\nConnection: close\r\n");

        // The backend fake runs in this process, and its log is not collected; its span is, as the exporter would see it.
        Assert.NotEmpty(gateway.LogLines);
        var said = gateway.Spans.Select(TracedGateway.Everything).Concat(gateway.LogLines).Append(await gateway.ScrapeAsync());
        Assert.All(said, one =>
        {
            Assert.DoesNotContain(Mark, one, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain(secret, one, StringComparison.Ordinal);
        });

        static void Decorate(HttpRequestMessage request)
        {
            request.RequestUri = new Uri($"/v1/chat/completions?{Mark}={Mark}", UriKind.Relative);
            request.Headers.TryAddWithoutValidation("User-Agent", Mark);
            request.Headers.TryAddWithoutValidation("X-Forwarded-User", Mark);
            request.Headers.TryAddWithoutValidation("X-Request-Id", Mark);
            request.Headers.TryAddWithoutValidation("OpenAI-Organization", Mark);
            request.Headers.TryAddWithoutValidation("Cookie", "session=" + Mark);
            request.Headers.TryAddWithoutValidation("Forwarded", "for=" + Mark);
            request.Headers.TryAddWithoutValidation("baggage", "user=" + Mark);
        }
    }

    private static void Answer(TracedGateway gateway, bool stream, string text) => gateway.The.Backend.Answer = context =>
    {
        context.Response.Headers["x-backend"] = Mark;
        return stream
            ? ScriptedBackend.WriteStreamAsync(context, ScriptedBackend.Stream(text))
            : ScriptedBackend.WriteJsonAsync(context, ScriptedBackend.Completion(text));
    };

    private static void AssertTags(Activity span, Dictionary<string, object?> expected) =>
        Assert.Equal(
            expected.Select(tag => $"{tag.Key}={tag.Value}"), expected.Keys.Select(key => $"{key}={span.GetTagItem(key)}"));
}
