using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using PolicyGateway.Tests.Identity;
using PolicyGateway.Tests.Fakes;

namespace PolicyGateway.Tests.Inference;

/// <summary>A stream leaves frame by frame, behind its verdicts and a look-ahead, and ends at the first that is not open.</summary>
public sealed class WindowTests(TheGateway gateway) : IClassFixture<TheGateway>
{
    private const string Dirty = "first " + KeywordClassifier.Cyber + " second";

    [Fact]
    public async Task Under_random_chunking_a_caller_gets_all_of_it_or_nothing()
    {
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        for (var round = 0; round < 40; round++)
        {
            gateway.Reset();
            var dirty = random.Next(2) == 0;
            var text = new string('x', random.Next(0, 3000)) + (dirty ? " " + KeywordClassifier.Cyber + " " : "") + new string('y', random.Next(0, 3000));
            var stream = ScriptedBackend.Stream(text, random.Next(1, 60));
            var chunking = random.Next();
            gateway.Backend.Answer = context => ScriptedBackend.WriteStreamAsync(context, stream, seed: chunking);

            var answer = await gateway.SendAsync(TheGateway.Ask("hello", stream: true));

            Assert.True(dirty ? IsBlockedPrefix(answer, stream) : answer.Text == stream, $"seed {seed}, round {round}: {answer.Text}");
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(50)]
    [InlineData(5_000)]
    public async Task A_stream_ends_with_the_block_before_the_frame_that_is_not_open(int size)
    {
        gateway.Reset();
        var stream = ScriptedBackend.Stream(new string('a', 20_000) + Dirty, size);
        gateway.Backend.Answer = context => ScriptedBackend.WriteStreamAsync(context, stream);

        var answer = await gateway.SendAsync(TheGateway.Ask("hello", stream: true), gateway.Token("registered"));

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.True(IsBlockedPrefix(answer, stream), answer.Text);
        Assert.InRange(answer.Text.Length, size == 5_000 ? 5_000 : 19_000, stream.Length);
        var record = await gateway.Audit.LastAsync();
        Assert.Equal(("refused", "verification_required", "window"), (record.Outcome, record.Reason, record.ReleaseMode));
        var released = answer.Body.AsSpan(0, (int)record.ReleasedBytes);
        Assert.Equal(Convert.ToHexStringLower(System.Security.Cryptography.HMACSHA256.HashData("key"u8, released)), record.ReleasedHash);
        Assert.StartsWith(Encoding.UTF8.GetString(released), stream, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_phrase_that_only_two_choices_read_one_behind_the_other_show_is_one_though_they_came_the_other_way_round()
    {
        gateway.Reset();
        var stream = ScriptedBackend.Chunk(new { content = "cyber and on" }, null, 1) + ScriptedBackend.Chunk(new { content = "first marker-" }, null)
            + ScriptedBackend.Chunk(new { }, "stop") + ScriptedBackend.Chunk(new { }, "stop", 1) + "data: [DONE]\n\n";
        gateway.Backend.Answer = context => ScriptedBackend.WriteStreamAsync(context, stream);

        var answer = await gateway.SendAsync(TheGateway.Ask("hello", stream: true, extra: ",\"n\":2"), gateway.Token("registered"));

        Assert.Equal((HttpStatusCode.Forbidden, "verification_required"), (answer.Status, answer.Code));
    }

    [Fact]
    public async Task A_phrase_that_only_two_tool_calls_read_one_behind_the_other_show_is_one_though_they_came_the_other_way_round()
    {
        gateway.Reset();
        static object Call(int index, string arguments) =>
            new { tool_calls = new[] { new { index, id = $"call_{index}", type = "function", function = new { name = "f", arguments } } } };
        var stream = ScriptedBackend.Chunk(Call(1, "cyber and on"), null) + ScriptedBackend.Chunk(Call(0, "first marker-"), null)
            + ScriptedBackend.Chunk(new { }, "tool_calls") + "data: [DONE]\n\n";
        gateway.Backend.Answer = context => ScriptedBackend.WriteStreamAsync(context, stream);

        var answer = await gateway.SendAsync(TheGateway.Ask("hello", stream: true), gateway.Token("registered"));

        Assert.Equal((HttpStatusCode.Forbidden, "verification_required"), (answer.Status, answer.Code));
    }

    [Fact]
    public async Task A_short_stream_of_one_channel_is_judged_once()
    {
        gateway.Reset();
        gateway.Backend.Answer = context => ScriptedBackend.WriteStreamAsync(context, ScriptedBackend.Stream("a short answer", 5));
        var before = gateway.Classifier.Asked;

        await gateway.SendAsync(TheGateway.Ask("hello", stream: true));

        // The prompt, and the completion.
        Assert.Equal(2, gateway.Classifier.Asked - before);
    }

    [Fact]
    public async Task A_stream_leaves_while_the_backend_still_writes_and_lags_by_the_look_ahead()
    {
        gateway.Reset();
        var finish = new TaskCompletionSource();
        var chunks = Enumerable.Range(0, 100).Select(i => ScriptedBackend.Chunk(new { content = $"word{i:000} " }, null)).ToArray();
        gateway.Backend.Answer = async context =>
        {
            context.Response.ContentType = "text/event-stream";
            await context.Response.WriteAsync(string.Concat(chunks));
            await context.Response.Body.FlushAsync();
            await finish.Task;
            await context.Response.WriteAsync(ScriptedBackend.Chunk(new { }, "stop") + "data: [DONE]\n\n");
        };
        using var request = TheGateway.Request(TheGateway.Ask("hello", stream: true));
        using var response = await gateway.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        await using var body = await response.Content.ReadAsStreamAsync();

        // 800 characters have come; 200 must stand judged behind whatever leaves.
        var early = new byte[chunks.Take(75).Sum(chunk => chunk.Length)];
        await body.ReadExactlyAsync(early);
        Assert.Equal(string.Concat(chunks.Take(75)), Encoding.UTF8.GetString(early));
        var more = body.ReadAsync(new byte[1]).AsTask();
        await Task.WhenAny(more, Task.Delay(200));
        Assert.False(more.IsCompleted, "Text left before the look-ahead behind it was judged.");
        finish.SetResult();
        await more;
        var rest = await new StreamReader(body).ReadToEndAsync();

        Assert.EndsWith("data: [DONE]\n\n", rest, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_doubt_that_what_follows_clears_up_is_released_after_all()
    {
        gateway.Reset();
        var stream = ScriptedBackend.Stream(new string('a', 600) + Dirty + new string('b', 500) + KeywordClassifier.Explained + new string('c', 3000), 20);
        gateway.Backend.Answer = context => ScriptedBackend.WriteStreamAsync(context, stream);

        var answer = await gateway.SendAsync(TheGateway.Ask("hello", stream: true), gateway.Token("registered"));

        Assert.Equal(stream, answer.Text);
        Assert.Equal("released", (await gateway.Audit.LastAsync()).Outcome);
    }

    [Fact]
    public async Task A_doubt_that_lasts_ends_the_stream_while_the_backend_still_writes()
    {
        gateway.Reset();
        gateway.Backend.Answer = async context =>
        {
            context.Response.ContentType = "text/event-stream";
            await context.Response.WriteAsync(ScriptedBackend.Chunk(new { content = new string('a', 500) }, null));
            await context.Response.WriteAsync(ScriptedBackend.Chunk(new { content = KeywordClassifier.Cyber + new string('x', 1000) }, null));
            await context.Response.Body.FlushAsync();
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        };

        var answer = await gateway.SendAsync(TheGateway.Ask("hello", stream: true), gateway.Token("registered"));

        Assert.DoesNotContain("marker", answer.Everything, StringComparison.Ordinal);
        await gateway.Backend.Aborted.Task.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(("refused", "verification_required"), ((await gateway.Audit.LastAsync()).Outcome, (await gateway.Audit.LastAsync()).Reason));
    }

    [Fact]
    public async Task A_caller_who_loses_his_clearance_gets_nothing_more_that_needed_it()
    {
        gateway.Reset();
        var (revoked, chunk) = (new TaskCompletionSource(), ScriptedBackend.Chunk(new { content = KeywordClassifier.Cyber + new string('x', 400) }, null));
        gateway.Backend.Answer = async context =>
        {
            context.Response.ContentType = "text/event-stream";
            await context.Response.WriteAsync(chunk + chunk);
            await context.Response.Body.FlushAsync();
            await revoked.Task;
            await context.Response.WriteAsync(chunk + ScriptedBackend.Chunk(new { }, "stop"));
        };
        using var request = TheGateway.Request(TheGateway.Ask("hello", stream: true), gateway.Professional);
        using var response = await gateway.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        await using var body = await response.Content.ReadAsStreamAsync();
        await body.ReadExactlyAsync(new byte[chunk.Length]);

        var live = gateway.Services.GetRequiredService<PolicyGateway.Identity.LiveCallers>();
        Assert.Equal(1, live.Demote("https://development.policygateway.invalid", "developer"));
        revoked.SetResult();

        var rest = await new StreamReader(body).ReadToEndAsync();
        Assert.DoesNotContain("marker", rest, StringComparison.Ordinal);
        Assert.Contains("content_filter", rest, StringComparison.Ordinal);
        var record = await gateway.Audit.LastAsync();
        Assert.Equal(("refused", "verification_required", (long)chunk.Length), (record.Outcome, record.Reason, record.ReleasedBytes));
        Assert.Equal(0, live.Count);
    }

    [Fact]
    public async Task A_caller_who_loses_his_clearance_while_a_document_is_held_does_not_get_it()
    {
        gateway.Reset();
        var (asked, revoked) = (new TaskCompletionSource(), new TaskCompletionSource());
        gateway.Backend.Answer = async context =>
        {
            asked.SetResult();
            await revoked.Task;
            await ScriptedBackend.WriteJsonAsync(context, ScriptedBackend.Completion(Dirty));
        };

        var asking = gateway.SendAsync(TheGateway.Ask("hello"), gateway.TokenOfSubject("leaver"));
        await asked.Task;
        gateway.Services.GetRequiredService<PolicyGateway.Identity.LiveCallers>().Demote("https://development.policygateway.invalid", "leaver");
        revoked.SetResult();
        var answer = await asking;

        Assert.Equal((HttpStatusCode.Forbidden, "verification_required"), (answer.Status, answer.Code));
        Assert.DoesNotContain("marker", answer.Everything, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_caller_who_loses_his_clearance_while_his_prompt_is_judged_gets_nothing_that_needed_it(bool stream)
    {
        gateway.Reset();
        gateway.Backend.Answer = context => stream
            ? ScriptedBackend.WriteStreamAsync(context, ScriptedBackend.Stream(Dirty))
            : ScriptedBackend.WriteJsonAsync(context, ScriptedBackend.Completion(Dirty));
        gateway.Classifier.Delay = TimeSpan.FromMilliseconds(500);
        var asked = gateway.Classifier.Asked;

        var asking = gateway.SendAsync(TheGateway.Ask("hello", stream), gateway.TokenOfSubject("early-leaver"));
        for (var i = 0; i < 500 && gateway.Classifier.Asked == asked; i++)
        {
            await Task.Delay(10);
        }

        Assert.Equal(1, gateway.Services.GetRequiredService<PolicyGateway.Identity.LiveCallers>().Demote("https://development.policygateway.invalid", "early-leaver"));
        var answer = await asking;

        Assert.Equal((HttpStatusCode.Forbidden, "verification_required"), (answer.Status, answer.Code));
        Assert.DoesNotContain("marker", answer.Everything, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_caller_who_loses_his_clearance_while_the_release_is_recorded_gets_nothing()
    {
        gateway.Reset();
        gateway.Audit.BeforeCommit = () =>
        {
            gateway.Services.GetRequiredService<PolicyGateway.Identity.LiveCallers>().Demote("https://development.policygateway.invalid", "late-leaver");
            return Task.CompletedTask;
        };
        foreach (var stream in new[] { true, false })
        {
            gateway.Backend.Answer = context => stream
                ? ScriptedBackend.WriteStreamAsync(context, ScriptedBackend.Stream(Dirty))
                : ScriptedBackend.WriteJsonAsync(context, ScriptedBackend.Completion(Dirty));

            var answer = await gateway.SendAsync(TheGateway.Ask("hello", stream), gateway.TokenOfSubject("late-leaver"));

            Assert.Equal((HttpStatusCode.Forbidden, "verification_required"), (answer.Status, answer.Code));
            Assert.DoesNotContain("marker", answer.Everything, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_frame_that_nobody_knows_is_held_to_the_end()
    {
        gateway.Reset();
        var unknown = ScriptedBackend.Chunk(new { content = "b", future = "x" }, null);
        var chunk = ScriptedBackend.Chunk(new { content = new string('a', 1000) }, null);
        var stream = chunk + unknown + chunk + chunk + ScriptedBackend.Chunk(new { }, "stop") + "data: [DONE]\n\n";
        gateway.Backend.Answer = context => ScriptedBackend.WriteStreamAsync(context, stream);

        var answer = await gateway.SendAsync(TheGateway.Ask("hello", stream: true));

        Assert.Equal(stream, answer.Text);
        Assert.Equal("hold_all", (await gateway.Audit.LastAsync()).ReleaseMode);
    }

    /// <summary>Nothing, or a prefix of the backend's frames and the dialect's block; never the marker, whole or begun.</summary>
    private static bool IsBlockedPrefix(Answer answer, string stream)
    {
        if (answer.Status == HttpStatusCode.Forbidden)
        {
            return true;
        }

        var block = answer.Text.IndexOf("data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1", StringComparison.Ordinal) < 0
            ? -1
            : answer.Text.LastIndexOf("data: {", StringComparison.Ordinal);
        var text = string.Concat(answer.Text[..block].Split("\"content\":\"").Skip(1).Select(piece => piece.Split('"')[0]));
        return stream.StartsWith(answer.Text[..block], StringComparison.Ordinal)
            && answer.Text[block..].Contains("\"finish_reason\":\"content_filter\"", StringComparison.Ordinal)
            && answer.Text.EndsWith("data: [DONE]\n\n", StringComparison.Ordinal)
            && text.Trim('x', 'a').Length == 0;
    }
}
