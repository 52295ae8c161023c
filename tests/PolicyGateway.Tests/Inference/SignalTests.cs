using System.Net;
using Microsoft.AspNetCore.Http;
using PolicyGateway.Audit;
using PolicyGateway.Tests.Fakes;

namespace PolicyGateway.Tests.Inference;

/// <summary>What a backend says of its own answer: counts where it is declared, makes a verdict stricter only, and does not leave.</summary>
public sealed class SignalTests : IAsyncLifetime
{
    private readonly TheGateway _gateway = new();

    public Task InitializeAsync()
    {
        _gateway.Settings["Gateway:LookAhead"] = "16";
        Declare(0, "Header", "x-expert-score", "cyber");
        Declare(1, "Annotation", "cyber_policy", "cyber");
        Declare(2, "Annotation", "jailbreak", "cyber");
        Declare(3, "Annotation", "refusal", "prohibited");
        return _gateway.InitializeAsync();
    }

    public Task DisposeAsync() => _gateway.DisposeAsync();

    [Theory]
    [InlineData(HttpStatusCode.OK, "0")]
    [InlineData(HttpStatusCode.OK, "0.59")]
    [InlineData(HttpStatusCode.OK, "5e-1")]
    [InlineData(HttpStatusCode.Forbidden, "0.6")]
    [InlineData(HttpStatusCode.Forbidden, "1")]
    // Twice, malformed, out of range: the most that it could say.
    [InlineData(HttpStatusCode.Forbidden, "0.1", "0.1")]
    [InlineData(HttpStatusCode.Forbidden, "0.1, 0.1")]
    [InlineData(HttpStatusCode.Forbidden, "")]
    [InlineData(HttpStatusCode.Forbidden, "low")]
    [InlineData(HttpStatusCode.Forbidden, "-0.1")]
    [InlineData(HttpStatusCode.Forbidden, "1.01")]
    [InlineData(HttpStatusCode.Forbidden, "0,1")]
    [InlineData(HttpStatusCode.Forbidden, "10%")]
    [InlineData(HttpStatusCode.Forbidden, "NaN")]
    [InlineData(HttpStatusCode.Forbidden, "0.10000000000000000000000001")]
    public async Task A_score_in_a_declared_header_counts_and_stays_here(HttpStatusCode status, params string[] values)
    {
        Answer(ScriptedBackend.Completion("Hello."), ("x-expert-score", values), ("x-other-score", ["1"]));

        var answer = await _gateway.SendAsync(TheGateway.Ask("hello"));

        Assert.Equal(status, answer.Status);
        Assert.DoesNotContain("score", answer.Everything, StringComparison.OrdinalIgnoreCase);
        if (status == HttpStatusCode.Forbidden)
        {
            Assert.Equal("verification_required", answer.Code);
            Assert.Equal("cyber", answer.Error.GetProperty("category").GetString());
        }
    }

    [Fact]
    public async Task What_was_said_and_what_came_of_it_stands_in_the_record_of_a_release_to_somebody_who_may_have_it()
    {
        Answer(ScriptedBackend.Completion("Hello."), ("x-expert-score", ["0.9"]));

        var answer = await _gateway.SendAsync(TheGateway.Ask("hello"), _gateway.Professional);

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        var committed = Assert.Single(_gateway.Audit.Committed);
        Assert.Equal(new AuditSignal("c/x-expert-score", "cyber", 0.9f, "stricter"), Assert.Single(committed.Completion!.Signals));
        Assert.Equal("dual-use", committed.Completion.Severity);
    }

    [Fact]
    public async Task A_backend_that_says_less_than_the_classifier_opens_nothing()
    {
        Answer(ScriptedBackend.Completion(KeywordClassifier.Cyber), ("x-expert-score", ["0"]));

        Assert.Equal(HttpStatusCode.Forbidden, (await _gateway.SendAsync(TheGateway.Ask("hello"))).Status);
        Assert.Equal("none", Assert.Single((await _gateway.Audit.LastAsync()).Completion!.Signals).Effect);
    }

    [Fact]
    public async Task An_error_for_a_policy_of_the_backend_becomes_a_refusal_that_says_what_opens_it()
    {
        var error = """{"error":{"message":"Flagged.","type":"invalid_request","param":null,"code":"cyber_policy"}}""";
        _gateway.Backend.Answer = context => ScriptedBackend.WriteJsonAsync(context, error, 400);

        var refused = await _gateway.SendAsync(TheGateway.Ask("hello"));
        var passed = await _gateway.SendAsync(TheGateway.Ask("hello"), _gateway.Professional);

        Assert.Equal((HttpStatusCode.Forbidden, "verification_required"), (refused.Status, refused.Code));
        Assert.Equal((HttpStatusCode.BadRequest, error), (passed.Status, passed.Text));
    }

    [Fact]
    public async Task An_annotation_of_the_prompt_counts_against_the_answer()
    {
        var body = ScriptedBackend.Completion("Hello.").Replace(
            "\"choices\"", "\"prompt_filter_results\":[{\"prompt_index\":0,\"content_filter_results\":{\"jailbreak\":{\"filtered\":false,\"detected\":true}}}],\"choices\"", StringComparison.Ordinal);
        Answer(body);

        Assert.Equal(HttpStatusCode.Forbidden, (await _gateway.SendAsync(TheGateway.Ask("hello"))).Status);
        Assert.Equal(HttpStatusCode.OK, (await _gateway.SendAsync(TheGateway.Ask("hello"), _gateway.Professional)).Status);
    }

    [Fact]
    public async Task An_annotation_in_a_later_frame_ends_the_stream_and_takes_back_nothing()
    {
        var (before, after) = (Words(100), Words(100));
        var note = Noted(ScriptedBackend.Chunk(new { }, null));
        var arrived = new TaskCompletionSource();
        _gateway.Backend.Answer = async context =>
        {
            await ScriptedBackend.WriteStreamAsync(context, Chunks(before));
            await arrived.Task;
            await context.Response.WriteAsync(note + Chunks(after) + ScriptedBackend.Chunk(new { }, "stop") + "data: [DONE]\n\n");
        };
        using var request = TheGateway.Request(TheGateway.Ask("hello", stream: true));
        using var response = await _gateway.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        arrived.SetResult();

        var text = await response.Content.ReadAsStringAsync();

        Assert.Contains("word1 ", text, StringComparison.Ordinal);
        Assert.Contains("\"finish_reason\":\"content_filter\"", text, StringComparison.Ordinal);
        Assert.DoesNotContain("jailbreak", text, StringComparison.Ordinal);
        var record = await _gateway.Audit.LastAsync();
        Assert.Equal(("refused", "cyber"), (record.Outcome, record.Category));
        Assert.Equal(new AuditSignal("c/jailbreak", "cyber", 1, "stricter"), Assert.Single(record.Completion!.Signals));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(20)]
    [InlineData(39)]
    public async Task Nothing_from_the_annotated_frame_on_leaves_wherever_it_stands(int position)
    {
        string[] frames = [.. Enumerable.Range(0, 40).Select(static number => ScriptedBackend.Chunk(new { content = $"frame{number:00} and some words " }, null))];
        var sent = string.Concat(frames.Select((frame, number) => number == position ? Noted(frame) : frame)) + ScriptedBackend.Chunk(new { }, "stop") + "data: [DONE]\n\n";
        _gateway.Backend.Answer = context => ScriptedBackend.WriteStreamAsync(context, sent, TimeSpan.FromMilliseconds(1), seed: position);

        var text = (await _gateway.SendAsync(TheGateway.Ask("hello", stream: true))).Text;

        Assert.DoesNotContain(frames[position..], frame => text.Contains(frame[frame.IndexOf("frame", StringComparison.Ordinal)..][..7], StringComparison.Ordinal));
        Assert.True(text.StartsWith(frames[0], StringComparison.Ordinal) || text.Contains("verification_required", StringComparison.Ordinal), text);
    }

    [Fact]
    public async Task An_annotation_in_the_last_frame_keeps_back_what_is_still_held()
    {
        _gateway.Backend.Answer = context => ScriptedBackend.WriteStreamAsync(
            context, Chunks(Words(100)) + Noted(ScriptedBackend.Chunk(new { }, "stop")) + "data: [DONE]\n\n", TimeSpan.FromMilliseconds(2));

        var answer = await _gateway.SendAsync(TheGateway.Ask("hello", stream: true));

        Assert.Contains("word1 ", answer.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("word100", answer.Text, StringComparison.Ordinal);
        Assert.EndsWith("data: [DONE]\n\n", answer.Text, StringComparison.Ordinal);
        Assert.Contains("\"finish_reason\":\"content_filter\"", answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_said_and_changes_nothing_stands_in_the_record_all_the_same()
    {
        _gateway.Backend.Answer = context => ScriptedBackend.WriteStreamAsync(
            context, Chunks(Words(100)) + ScriptedBackend.Chunk(new { refusal = "No." }, "stop") + "data: [DONE]\n\n");

        // Prohibited, and in no category: of this policy no rule.
        var answer = await _gateway.SendAsync(TheGateway.Ask("hello", stream: true));

        Assert.Contains("\"finish_reason\":\"stop\"", answer.Text, StringComparison.Ordinal);
        var signal = Assert.Single((await _gateway.Audit.LastAsync()).Completion!.Signals);
        Assert.Equal(new AuditSignal("c/refusal", "prohibited", 1, "none"), signal);
    }

    [Fact]
    public async Task A_score_in_the_head_of_a_stream_counts_before_its_first_byte_leaves()
    {
        _gateway.Backend.Answer = context =>
        {
            context.Response.Headers["x-expert-score"] = "0.8";
            return ScriptedBackend.WriteStreamAsync(context, Chunks(Words(400)) + ScriptedBackend.Chunk(new { }, "stop") + "data: [DONE]\n\n");
        };

        var answer = await _gateway.SendAsync(TheGateway.Ask("hello", stream: true));

        Assert.Equal((HttpStatusCode.Forbidden, "verification_required"), (answer.Status, answer.Code));
        Assert.DoesNotContain("score", answer.Everything, StringComparison.Ordinal);
    }

    [Fact]
    public async Task In_shadow_it_changes_no_byte_and_stands_in_the_record()
    {
        var body = ScriptedBackend.Completion("Hello.");
        Answer(body, ("x-expert-score", ["0.8"]));

        var answer = await _gateway.SendAsync(TheGateway.Ask("hello"), _gateway.TokenOf("pilot"));

        Assert.Equal((HttpStatusCode.OK, body), (answer.Status, answer.Text));
        Assert.DoesNotContain("score", answer.Everything, StringComparison.Ordinal);
        var record = await _gateway.Audit.LastAsync();
        Assert.Equal(("refuse", "stricter"), (record.Action, Assert.Single(record.Completion!.Signals).Effect));
    }

    [Fact]
    public async Task What_is_not_declared_does_not_count_and_does_not_leave_either()
    {
        await using var gateway = new TheGateway();
        await gateway.InitializeAsync();
        gateway.Backend.Answer = context =>
        {
            context.Response.Headers["x-expert-score"] = "1";
            return ScriptedBackend.WriteJsonAsync(context, """{"error":{"message":"m","code":"cyber_policy"}}""", 400);
        };

        var answer = await gateway.SendAsync(TheGateway.Ask("hello"));

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.DoesNotContain("score", answer.Everything, StringComparison.Ordinal);
        Assert.Empty((await gateway.Audit.LastAsync()).Completion!.Signals);
    }

    [Fact]
    public async Task The_head_of_the_backend_that_answers_counts_and_not_that_of_one_that_was_given_up()
    {
        await using var spare = await ScriptedBackend.StartAsync();
        await using var gateway = new TheGateway();
        gateway.Settings["Backends:Clusters:c:Signals:0:Header"] = "x-expert-score";
        gateway.Settings["Backends:Clusters:c:Signals:0:Head"] = "cyber";
        gateway.Settings["Backends:Clusters:spare:Destinations:0"] = spare.Url;
        gateway.Settings["Backends:Models:m:Fallbacks:0"] = "m2";
        gateway.Settings["Backends:Models:m2:Cluster"] = "spare";
        await gateway.InitializeAsync();
        gateway.Backend.Answer = context =>
        {
            context.Response.Headers["x-expert-score"] = "1";
            context.Response.StatusCode = 503;
            return Task.CompletedTask;
        };
        spare.Answer = context =>
        {
            context.Response.Headers["x-expert-score"] = "1";
            return ScriptedBackend.WriteJsonAsync(context, ScriptedBackend.Completion("From the spare."));
        };

        var answer = await gateway.SendAsync(TheGateway.Ask("hello"));

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Contains("From the spare.", answer.Text, StringComparison.Ordinal);
    }

    private void Declare(int index, string kind, string name, string head)
    {
        _gateway.Settings[$"Backends:Clusters:c:Signals:{index}:{kind}"] = name;
        _gateway.Settings[$"Backends:Clusters:c:Signals:{index}:Head"] = head;
    }

    private void Answer(string body, params (string Name, string[] Values)[] headers) => _gateway.Backend.Answer = context =>
    {
        foreach (var (name, values) in headers)
        {
            context.Response.Headers[name] = values;
        }

        return ScriptedBackend.WriteJsonAsync(context, body);
    };

    private static string Noted(string chunk) => chunk.Replace(
        "\"delta\"", "\"content_filter_results\":{\"jailbreak\":{\"filtered\":false,\"detected\":true}},\"delta\"", StringComparison.Ordinal);

    private static string Words(int count) => string.Concat(Enumerable.Range(1, count).Select(static number => $"word{number} "));

    private static string Chunks(string content) => string.Concat(content.Chunk(40).Select(static piece => ScriptedBackend.Chunk(new { content = new string(piece) }, null)));
}
