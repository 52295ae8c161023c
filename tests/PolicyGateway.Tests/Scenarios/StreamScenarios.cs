using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using PolicyGateway.Tests.Fakes;
using PolicyGateway.Tests.Inference;

namespace PolicyGateway.Tests.Scenarios;

/// <summary>Holes that other gateways had in their streams, one test for each.</summary>
public sealed class StreamScenarios(RecordedGateway gateway) : IClassFixture<RecordedGateway>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    public static TheoryData<string> Streams => Wire.Streams;

    public static TheoryData<string> Answers => Wire.Answers;

    [Theory]
    [MemberData(nameof(Streams))]
    public async Task A_frame_that_is_split_between_any_two_bytes_is_read_as_one(string name)
    {
        var wire = Wire.Of(name);
        foreach (var text in new[] { "Hällo 🙂.", KeywordClassifier.Cyber })
        {
            var answered = Encoding.UTF8.GetBytes(wire.Answer("a", text));
            gateway.The.Reset();
            gateway.Backend.Answer = async context =>
            {
                context.Response.ContentType = wire.MediaType;
                foreach (var one in answered)
                {
                    await context.Response.Body.WriteAsync(new[] { one });
                    await context.Response.Body.FlushAsync();
                }
            };

            var answer = await gateway.SendAsync(wire, wire.Body("hello"));

            var isClean = text != KeywordClassifier.Cyber;
            Assert.Equal(isClean, answered.SequenceEqual(answer.Body));
            Assert.DoesNotContain("marker", answer.Everything, StringComparison.Ordinal);
            Assert.Equal(isClean ? "released" : "refused", (await gateway.RecordOfAsync(answer)).Outcome);
        }
    }

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task A_client_that_leaves_while_its_answer_is_held_stops_the_backend(string name)
    {
        var wire = Wire.Of(name);
        gateway.The.Reset();
        var answered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        gateway.Backend.Answer = async context =>
        {
            await RecordedGateway.WriteAsync(context, wire.MediaType, wire.Speller is null ? " " : wire.Answer("a")[..^4]);
            await context.Response.Body.FlushAsync();
            answered.SetResult();
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        };
        using var leave = new CancellationTokenSource();
        using var request = Request(wire);
        var sending = gateway.The.Client.SendAsync(request, leave.Token);
        await answered.Task.WaitAsync(Patience);

        await leave.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending);
        await gateway.Backend.Aborted.Task.WaitAsync(Patience);
        var record = await gateway.The.Audit.LastAsync();
        Assert.Equal(("aborted", "client_closed_request", 0L), (record.Outcome, record.Reason, record.ReleasedBytes));
    }

    [Theory]
    [MemberData(nameof(Streams))]
    public async Task A_silent_backend_does_not_let_the_clients_connection_fall_idle(string name)
    {
        var wire = Wire.Of(name);
        await using var alive = new TheGateway();
        alive.Settings["Gateway:SilentHold"] = "00:00:00.100";
        alive.Settings["Gateway:KeepAliveInterval"] = "00:00:00.050";
        await alive.InitializeAsync();
        var finish = new TaskCompletionSource();
        var whole = wire.Answer("Hello.");
        alive.Backend.Answer = async context =>
        {
            context.Response.ContentType = wire.MediaType;
            await context.Response.Body.FlushAsync();
            await finish.Task;
            await context.Response.WriteAsync(whole);
        };
        using var request = Request(wire);
        using var response = await alive.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead).WaitAsync(Patience);
        await using var body = await response.Content.ReadAsStreamAsync();

        // Twice: the first of them is no mere head.
        var quiet = new List<byte>();
        for (var i = 0; i < 2; i++)
        {
            var buffer = new byte[256];
            quiet.AddRange(buffer[..await body.ReadAsync(buffer).AsTask().WaitAsync(Patience)]);
        }

        finish.SetResult();
        var all = Encoding.UTF8.GetString([.. quiet]) + await new StreamReader(body).ReadToEndAsync();
        Assert.NotEmpty(quiet);
        Assert.EndsWith(whole, all, StringComparison.Ordinal);
        Assert.Equal("released", (await alive.Audit.LastAsync()).Outcome);
    }

    [Theory]
    [MemberData(nameof(Streams))]
    public async Task A_token_does_not_wait_for_the_next_one_or_for_an_end(string name)
    {
        var wire = Wire.Of(name);
        gateway.The.Reset();
        var goOn = new SemaphoreSlim(0);
        var frames = Enumerable.Range(0, 30).Select(_ => wire.Frame(new string('a', 300))).ToArray();
        gateway.Backend.Answer = async context =>
        {
            await RecordedGateway.WriteAsync(context, wire.MediaType, string.Concat(wire.Opening) + (wire.Opening.Length == 0 ? wire.Frame("a") : ""));
            foreach (var frame in frames)
            {
                await context.Response.WriteAsync(frame);
                await context.Response.Body.FlushAsync();
                await goOn.WaitAsync(context.RequestAborted);
            }

            await context.Response.WriteAsync(wire.Ending);
        };
        using var request = Request(wire);

        // The frame behind it is the look-ahead that the first one needs, and so on.
        goOn.Release();
        using var response = await gateway.The.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead).WaitAsync(Patience);
        await using var body = await response.Content.ReadAsStreamAsync();
        for (var i = 1; i < frames.Length; i++)
        {
            await body.ReadExactlyAsync(new byte[frames[0].Length - 4]).AsTask().WaitAsync(Patience);
            goOn.Release();
        }

        await new StreamReader(body).ReadToEndAsync().WaitAsync(Patience);
        Assert.Equal("released", (await gateway.The.Audit.LastAsync()).Outcome);
    }

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task Shadow_changes_no_byte_of_any_protocol(string name)
    {
        var wire = Wire.Of(name);
        gateway.The.Reset();
        foreach (var (prompt, answered) in new[]
        {
            ("hello", wire.Answer("first ", KeywordClassifier.Cyber)),
            (KeywordClassifier.Prohibited, wire.Answer("Hello.")),
            ("hello", "no answer of any protocol, " + KeywordClassifier.Cyber),
        })
        {
            gateway.Answers(wire, answered);

            var answer = await gateway.SendAsync(wire, wire.Body(prompt), gateway.The.TokenOf("pilot"));

            Assert.Equal((HttpStatusCode.OK, answered), (answer.Status, answer.Text));
            var record = await gateway.RecordOfAsync(answer);
            Assert.Equal(("shadow", "released", (long)Encoding.UTF8.GetByteCount(answered)), (record.Mode, record.Outcome, record.ReleasedBytes));
            Assert.NotEqual("allow", record.Action);
            Assert.Equal(wire.Body(prompt), Encoding.UTF8.GetString(gateway.Backend.Received.Last().Body));
        }
    }

    private static HttpRequestMessage Request(Wire wire) => new(HttpMethod.Post, wire.Path) { Content = TheGateway.Json(wire.Body("hello")) };
}
