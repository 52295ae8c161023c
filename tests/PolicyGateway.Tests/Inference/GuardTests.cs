using System.Net;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using PolicyGateway.Audit;
using PolicyGateway.Tests.Fakes;

namespace PolicyGateway.Tests.Inference;

/// <summary>The operator's guard decides what the classifier is in doubt about, and nothing else.</summary>
public sealed class GuardTests : IAsyncLifetime, IDisposable
{
    private const string Policy = """
        {
          "name": "guarded", "anonymous": "allow",
          "tenants": { "pilot": { "mode": "shadow" } },
          "severity": [ { "severity": "prohibited", "category": "cyber", "head": "prohibited", "at_least": 0.7 } ],
          "categories": {
            "cyber": {
              "requires": { "tier": "verified", "any_of": ["security-professional"] },
              "prompt": { "uncertain": "refuse", "flagged": "refuse" },
              "completion": { "uncertain": "refuse", "flagged": "refuse" }
            },
            "other": { "head": "flagged", "fallback": true, "requires": { "tier": "professional", "any_of": [] } }
          }
        }
        """;

    private readonly TheGateway _gateway = new() { PolicyText = Policy };
    private readonly RecordingLogs _logs = new();
    private ScriptedBackend _guard = null!;

    public async Task InitializeAsync()
    {
        _guard = await ScriptedBackend.StartAsync();
        Says("safe");
        Environment.SetEnvironmentVariable("GUARD_TESTS_KEY", "the-guards-secret");
        _gateway.Settings["Gateway:LookAhead"] = "16";
        _gateway.Settings["Logging:LogLevel:Default"] = "Trace";
        _gateway.Settings["Guard:Endpoint"] = _guard.Url + "/v1/chat/completions";
        _gateway.Settings["Guard:Model"] = "llama-guard";
        _gateway.Settings["Guard:ApiKeyEnvironment"] = "GUARD_TESTS_KEY";
        _gateway.Settings["Guard:Deadline"] = "00:00:10";
        _gateway.Settings["Backends:Clusters:c:Signals:0:Header"] = "x-expert-score";
        _gateway.Settings["Backends:Clusters:c:Signals:0:Head"] = "cyber";
        _gateway.Settings["Moderations:Enabled"] = "true";
        _gateway.Settings["Moderations:Tier"] = "registered";
        _gateway.Changes = services => services.AddSingleton<ILoggerProvider>(_logs);
        await _gateway.InitializeAsync();
    }

    public async Task DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _guard.DisposeAsync();
    }

    public void Dispose() => _logs.Dispose();

    /// <summary>What the prompt is, what the guard says, and whether it is asked, what the client gets, and what stands in the record.</summary>
    [Theory]
    [InlineData("hello", "unsafe", 0, HttpStatusCode.OK, "")]
    [InlineData(KeywordClassifier.DoubtfulCyber, "safe", 1, HttpStatusCode.OK, "cleared")]
    [InlineData(KeywordClassifier.DoubtfulCyber, "unsafe\nS2", 1, HttpStatusCode.Forbidden, "stricter")]
    [InlineData(KeywordClassifier.DoubtfulCyber, "Safe, I think.", 1, HttpStatusCode.Forbidden, "none")]
    [InlineData(KeywordClassifier.Cyber, "safe", 0, HttpStatusCode.Forbidden, "")]
    [InlineData(KeywordClassifier.Prohibited, "safe", 0, HttpStatusCode.Forbidden, "")]
    public async Task It_decides_a_prompt_in_doubt(string prompt, string answer, int asked, HttpStatusCode status, string effect)
    {
        Says(answer);

        Assert.Equal(status, (await _gateway.SendAsync(TheGateway.Ask(prompt))).Status);

        Assert.Equal(asked, _guard.Received.Count);
        var signals = (await _gateway.Audit.LastAsync()).Prompt!.Signals;
        Assert.Equal(effect, string.Join(',', signals.Select(static signal => signal.Effect)));
        Assert.All(signals, signal => Assert.Equal(new AuditSignal("guard", "cyber", 0.5f, effect), signal));
    }

    [Fact]
    public async Task It_decides_a_completion_in_doubt_and_sees_the_prompt_that_it_answers()
    {
        _gateway.Backend.Answer = static context => ScriptedBackend.WriteJsonAsync(context, ScriptedBackend.Completion($"It is {KeywordClassifier.DoubtfulCyber}."));

        Assert.Equal(HttpStatusCode.OK, (await _gateway.SendAsync(TheGateway.Ask("What is it?"))).Status);

        var asked = Encoding.UTF8.GetString(Assert.Single(_guard.Received).Body);
        Assert.Contains("What is it?", asked, StringComparison.Ordinal);
        Assert.Contains(KeywordClassifier.DoubtfulCyber, asked, StringComparison.Ordinal);
        var record = await _gateway.Audit.LastAsync();
        Assert.Equal(("benign", "guard"), (record.Completion!.Severity, record.Completion.Stage));
        Assert.Equal(new AuditSignal("guard", "cyber", 0.5f, "cleared"), Assert.Single(record.Completion.Signals));

        Says("unsafe\nS2");
        Assert.Equal(HttpStatusCode.Forbidden, (await _gateway.SendAsync(TheGateway.Ask("What is it?"))).Status);
    }

    [Fact]
    public async Task It_takes_back_nothing_that_the_backend_says()
    {
        _gateway.Backend.Answer = static context =>
        {
            context.Response.Headers["x-expert-score"] = "0.4";
            return ScriptedBackend.WriteJsonAsync(context, ScriptedBackend.Completion(KeywordClassifier.DoubtfulCyber));
        };

        Assert.Equal(HttpStatusCode.Forbidden, (await _gateway.SendAsync(TheGateway.Ask("hello"))).Status);

        var signals = (await _gateway.Audit.LastAsync()).Completion!.Signals;
        Assert.Equal(["guard cleared", "c/x-expert-score stricter"], signals.Select(static signal => $"{signal.Source} {signal.Effect}"));
    }

    [Fact]
    public async Task A_guard_that_hangs_costs_its_deadline_and_the_classifiers_verdict_stands_and_is_counted()
    {
        // As long as a busy machine may need for a guard that answers.
        _guard.Answer = static context => Task.Delay(Timeout.Infinite, context.RequestAborted);

        Assert.Equal(HttpStatusCode.Forbidden, (await _gateway.SendAsync(TheGateway.Ask(KeywordClassifier.DoubtfulCyber))).Status);

        var scrape = await _gateway.Client.GetStringAsync(new Uri(_gateway.Management, "/metrics"));
        Assert.Matches("""policygateway_guard_answers_total\{[^}]*policygateway_answer="late"[^}]*\} 1\b""", scrape);
    }

    [Theory]
    [InlineData("safe", "\"finish_reason\":\"stop\"", true, 3, 8)]
    [InlineData("unsafe\nS2", "\"finish_reason\":\"content_filter\"", false, 1, 1)]
    [InlineData("perhaps", "\"finish_reason\":\"content_filter\"", false, 1, 4)]
    public async Task In_a_stream_it_decides_what_is_in_doubt_and_what_was_not_goes_on(string says, string end, bool arrives, int least, int most)
    {
        Says(says);
        var stream = Chunks(Words(1, 60) + KeywordClassifier.DoubtfulCyber + " " + Words(61, 400)) + ScriptedBackend.Chunk(new { }, "stop") + "data: [DONE]\n\n";
        _gateway.Backend.Answer = context => ScriptedBackend.WriteStreamAsync(context, stream, TimeSpan.FromMilliseconds(1));

        var answer = await _gateway.SendAsync(TheGateway.Ask("hello", stream: true));

        Assert.Contains("word1 ", answer.Text, StringComparison.Ordinal);
        Assert.Contains(end, answer.Text, StringComparison.Ordinal);
        Assert.Equal(arrives, answer.Text.Contains("word400", StringComparison.Ordinal));
        Assert.InRange(_guard.Received.Count, least, most);
        var signals = (await _gateway.Audit.LastAsync()).Completion!.Signals;
        Assert.Equal(says switch { "safe" => "cleared", "perhaps" => "none", _ => "stricter" }, Assert.Single(signals).Effect);
    }

    [Fact]
    public async Task In_a_stream_what_is_found_stays_found()
    {
        var stream = Chunks(Words(1, 60) + KeywordClassifier.DoubtfulCyber + " " + Words(61, 100) + KeywordClassifier.Cyber) + ScriptedBackend.Chunk(new { }, "stop") + "data: [DONE]\n\n";
        _gateway.Backend.Answer = context => ScriptedBackend.WriteStreamAsync(context, stream, TimeSpan.FromMilliseconds(1));

        var answer = await _gateway.SendAsync(TheGateway.Ask("hello", stream: true));

        Assert.Contains("\"finish_reason\":\"content_filter\"", answer.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(KeywordClassifier.Cyber, answer.Text, StringComparison.Ordinal);
        Assert.Equal("refused", (await _gateway.Audit.LastAsync()).Outcome);
    }

    [Fact]
    public async Task In_shadow_it_decides_what_would_have_been()
    {
        await _gateway.SendAsync(TheGateway.Ask(KeywordClassifier.DoubtfulCyber), _gateway.TokenOf("pilot"));

        var record = await _gateway.Audit.LastAsync();
        Assert.Equal(("allow", "cleared"), (record.Action, Assert.Single(record.Prompt!.Signals).Effect));
    }

    [Fact]
    public async Task Moderations_are_the_classifiers_own()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/moderations")
        {
            Content = TheGateway.Json($$"""{"input":"{{KeywordClassifier.DoubtfulCyber}}"}"""),
        };
        request.Headers.Authorization = new("Bearer", _gateway.Professional);

        using var response = await _gateway.Client.SendAsync(request);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Empty(_guard.Received);
    }

    [Fact]
    public async Task Neither_its_key_nor_a_text_stands_in_a_log_or_an_answer()
    {
        var everything = new StringBuilder();
        foreach (var says in new[] { "safe", "unsafe\nS2", $"echo {KeywordClassifier.DoubtfulCyber}" })
        {
            Says(says);
            everything.Append((await _gateway.SendAsync(TheGateway.Ask(KeywordClassifier.DoubtfulCyber))).Everything);
        }

        _guard.Answer = static context =>
        {
            context.Abort();
            return Task.CompletedTask;
        };
        everything.Append((await _gateway.SendAsync(TheGateway.Ask(KeywordClassifier.DoubtfulCyber))).Everything).AppendJoin('\n', _logs.Lines);

        Assert.Equal("Bearer the-guards-secret", _guard.Received.First().Headers["Authorization"]);
        Assert.NotEmpty(_logs.Lines);
        Assert.DoesNotContain("the-guards-secret", everything.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(KeywordClassifier.DoubtfulCyber, everything.ToString(), StringComparison.Ordinal);
    }

    private void Says(string answer) => _guard.Answer = context => ScriptedBackend.WriteJsonAsync(context, ScriptedBackend.Completion(answer));

    private static string Words(int from, int to) => string.Concat(Enumerable.Range(from, to - from + 1).Select(static number => $"word{number} "));

    private static string Chunks(string content) => string.Concat(content.Chunk(40).Select(static piece => ScriptedBackend.Chunk(new { content = new string(piece) }, null)));
}
