using System.IO.Compression;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using PolicyGateway.Tests.Fakes;

namespace PolicyGateway.Tests.Scenarios;

/// <summary>Holes that other gateways had in what they read of an answer, one test for each.</summary>
public sealed class CoverageOfAnswersScenarios(RecordedGateway gateway) : IClassFixture<RecordedGateway>
{
    private const string Dirty = "first " + KeywordClassifier.Cyber + " second";

    public static TheoryData<string> Answers => Wire.Answers;

    public static TheoryData<string> Streams => Wire.Streams;

    public static TheoryData<string, string> Places
    {
        get
        {
            var places = new TheoryData<string, string>();
            foreach (var wire in Wire.Every.Where(wire => wire.Speller is not null))
            {
                foreach (var channel in wire.Speller!.Channels)
                {
                    places.Add(wire.Name, channel);
                }
            }

            return places;
        }
    }

    public static TheoryData<string, string> Pairs
    {
        get
        {
            var pairs = new TheoryData<string, string>();
            foreach (var asked in Wire.Every.Where(wire => wire.HasText))
            {
                foreach (var answered in Wire.Every.Where(wire => wire.HasText && wire.MediaType == asked.MediaType && Kind(wire) != Kind(asked)))
                {
                    pairs.Add(asked.Name, answered.Name);
                }
            }

            return pairs;
        }
    }

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task No_way_to_get_text_goes_round_the_guard_of_answers(string name)
    {
        var wire = Wire.Of(name);

        await gateway.AssertHeldAsync(wire, wire.Answer(Dirty));
    }

    [Theory]
    [MemberData(nameof(Streams))]
    public async Task A_stream_is_judged_before_it_is_delivered_and_not_afterwards(string name)
    {
        var (wire, finish) = (Wire.Of(name), new TaskCompletionSource());
        var clean = Enumerable.Range(0, 20).Select(_ => new string('a', 100)).ToArray();
        var whole = wire.Answer([.. clean, "marker-", "cyber", .. clean]);
        gateway.The.Reset();
        gateway.Backend.Answer = async context =>
        {
            await RecordedGateway.WriteAsync(context, wire.MediaType, whole[..whole.LastIndexOf("cyber", StringComparison.Ordinal)] + "cyber");
            await context.Response.Body.FlushAsync();
            await finish.Task;
            await context.Response.WriteAsync(whole[(whole.LastIndexOf("cyber", StringComparison.Ordinal) + 5)..]);
        };
        using var request = new HttpRequestMessage(HttpMethod.Post, wire.Path) { Content = Inference.TheGateway.Json(wire.Body("hello")) };
        using var response = await gateway.The.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        await using var body = await response.Content.ReadAsStreamAsync();

        // Some of what stands before it arrives while the backend has written all of it.
        var early = new byte[500];
        await body.ReadExactlyAsync(early);
        finish.SetResult();
        var rest = await new StreamReader(body).ReadToEndAsync();

        Assert.StartsWith(Encoding.UTF8.GetString(early), whole, StringComparison.Ordinal);
        Assert.DoesNotContain("marker", rest, StringComparison.Ordinal);
        Assert.True(wire.Speller!.IsBlock(rest), rest);
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task Bytes_of_another_protocol_are_never_logged_as_a_success(string asked, string answered)
    {
        gateway.The.Reset();
        gateway.Answers(Wire.Of(answered), Wire.Of(answered).Answer(Dirty));

        var answer = await gateway.SendAsync(Wire.Of(asked), Wire.Of(asked).Body("hello"));

        Assert.Single(gateway.Backend.Received);
        Assert.DoesNotContain("marker", answer.Everything, StringComparison.Ordinal);
        var record = await gateway.RecordOfAsync(answer);
        Assert.True(record.Outcome is "refused" or "upstream_failed", record.ToString());
        Assert.Equal(0, record.ReleasedBytes);
    }

    [Theory]
    [MemberData(nameof(Streams))]
    public async Task A_frame_that_nobody_knows_never_means_pass(string name)
    {
        var wire = Wire.Of(name);
        foreach (var place in wire.Speller!.SidePlaces)
        {
            await gateway.AssertHeldAsync(wire, wire.StreamOf(1, wire.Speller.Text(0, wire.Speller.Channels[0], "a"), wire.Speller.Side(0, place, Dirty)));
        }
    }

    [Theory]
    [MemberData(nameof(Streams))]
    public async Task Only_the_first_choice_is_never_all_that_is_judged(string name)
    {
        var wire = Wire.Of(name);
        for (var choice = 1; choice < wire.Speller!.MostChoices; choice++)
        {
            var channel = wire.Speller.Channels[0];
            var frames = Enumerable.Range(0, wire.Speller.MostChoices).Select(at => wire.Speller.Text(at, channel, at == choice ? Dirty : "a"));
            await gateway.AssertHeldAsync(wire, wire.StreamOf(wire.Speller.MostChoices, frames), asked: wire.Speller.Request("hello", wire.Speller.MostChoices));
        }
    }

    [Theory]
    [MemberData(nameof(Places))]
    public async Task No_place_where_a_model_may_write_is_unread(string name, string channel)
    {
        var wire = Wire.Of(name);
        string Text(string text) => wire.Speller!.Text(0, channel, text);

        // Tool arguments, reasoning and the others: whole, in two pieces, and in two pieces of which the other is ordinary text.
        await gateway.AssertHeldAsync(wire, wire.StreamOf(1, Text(Dirty)));
        await gateway.AssertHeldAsync(wire, wire.StreamOf(1, Text("marker-"), Text("cyber")));
        await gateway.AssertHeldAsync(wire, wire.StreamOf(1, Text("marker-"), wire.Speller!.Text(0, wire.Speller.Channels[0], "cyber")));
    }

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task An_answer_that_one_caller_got_is_not_served_to_another(string name)
    {
        var wire = Wire.Of(name);
        gateway.The.Reset();
        gateway.Answers(wire, wire.Answer(Dirty));

        var answers = new List<string>();
        foreach (var token in new[] { gateway.The.Professional, gateway.The.Token("registered"), null, gateway.The.Token("professional"), gateway.The.Professional })
        {
            answers.Add((await gateway.SendAsync(wire, wire.Body("hello"), token)).Everything);
        }

        Assert.Equal([true, false, false, false, true], answers.Select(answer => answer.Contains("marker", StringComparison.Ordinal)));
        Assert.Equal(5, gateway.Backend.Received.Count);
        Assert.All(answers, answer => Assert.Contains("no-store", answer, StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task What_cannot_be_unpacked_or_parsed_is_released_to_nobody(string name)
    {
        var wire = Wire.Of(name);
        var plain = Encoding.UTF8.GetBytes(wire.Answer("a secret"));
        using var packed = new MemoryStream();
        await using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            await gzip.WriteAsync(plain);
        }

        (string? Encoding, byte[] Body)[] unreadable =
        [
            ("gzip", packed.ToArray()), ("gzip", plain), ("br", plain), ("x-secret", plain), ("identity, gzip", packed.ToArray()), (null, packed.ToArray()),
            (null, plain[..(plain.Length / 2)]), (null, [.. plain[..^4], 0xC3, 0x28, .. plain[^4..]]), (null, [.. plain, .. "{\"secret\":"u8]),
        ];
        foreach (var (encoding, body) in unreadable)
        {
            gateway.The.Reset();
            gateway.Backend.Answer = async context =>
            {
                context.Response.ContentType = wire.MediaType;
                context.Response.Headers.ContentEncoding = encoding;
                await context.Response.Body.WriteAsync(body);
            };

            var answer = await gateway.SendAsync(wire, wire.Body("hello"), gateway.The.Professional);

            Assert.True(answer.Status == HttpStatusCode.BadGateway, $"{wire}, {encoding}, {body.Length}: {answer.Everything}");
            Assert.DoesNotContain("secret", answer.Everything, StringComparison.Ordinal);
            Assert.Equal(("upstream_failed", 0L), ((await gateway.RecordOfAsync(answer)).Outcome, (await gateway.RecordOfAsync(answer)).ReleasedBytes));
        }
    }

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task A_key_that_an_answer_has_twice_is_not_read_in_one_of_two_ways(string name)
    {
        var wire = Wire.Of(name);
        gateway.The.Reset();
        var answered = wire.Answer("twice");
        var at = answered.LastIndexOf("\"twice\"", StringComparison.Ordinal);
        var key = answered[..at].LastIndexOf('"', at - 3);
        var member = answered[key..(at + 7)];
        gateway.Answers(wire, answered[..key] + member.Replace("twice", Dirty, StringComparison.Ordinal) + "," + answered[key..]);

        foreach (var token in new[] { gateway.The.Token("registered"), gateway.The.Professional })
        {
            var answer = await gateway.SendAsync(wire, wire.Body("hello"), token);

            Assert.True(answer.Status == HttpStatusCode.BadGateway, answer.Everything);
            Assert.DoesNotContain("marker", answer.Everything, StringComparison.Ordinal);
        }
    }

    /// <summary>What is spelled alike whoever answers.</summary>
    private static string Kind(Wire wire) => wire.Name.Split(' ')[0].Replace("azure", "openai", StringComparison.Ordinal) + (wire.Speller is null ? "" : wire.MediaType);
}
