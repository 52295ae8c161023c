using System.Net;
using System.Text.Json;
using PolicyGateway.Audit;
using PolicyGateway.Tests.Fakes;

namespace PolicyGateway.Tests.Inference;

/// <summary>OpenAI's other endpoints, from the client's request to the last byte it gets.</summary>
public sealed class OpenAISurfaceTests(TheGateway gateway) : IClassFixture<TheGateway>
{
    public static TheoryData<string, string, string> Answers
    {
        get
        {
            var answers = new TheoryData<string, string, string>();
            foreach (var (path, dialect, text) in new[]
            {
                ("/v1/responses", "openai.responses", "It will be sunny in Lisbon."),
                ("/v1/completions", "openai.completions", " there was a house."),
                ("/v1/rerank", "openai.rerank", "A house by the sea."),
            })
            {
                answers.Add(path, Fixture(dialect, "request.json"), Fixture(dialect, "answer.json").Replace(text, KeywordClassifier.Cyber, StringComparison.Ordinal));
            }

            return answers;
        }
    }

    public static TheoryData<string, string> Streams => new()
    {
        { "/v1/responses", Fixture("openai.responses", "stream.txt").Replace("be sunny ", KeywordClassifier.Cyber, StringComparison.Ordinal) },
        { "/v1/responses", Fixture("openai.responses", "stream.txt").Replace("\"delta\":\"It will \"", "\"delta\":\"marker-\"", StringComparison.Ordinal).Replace("\"delta\":\"be sunny \"", "\"delta\":\"cyber\"", StringComparison.Ordinal) },
        { "/v1/completions", Fixture("openai.completions", "stream.txt").Replace("\" was\"", "\"marker-\"", StringComparison.Ordinal).Replace("\" a\"", "\"cyber\"", StringComparison.Ordinal) },
    };

    public static TheoryData<string, string> Prompts => new()
    {
        { "/v1/responses", """{"model":"m","input":"TEXT"}""" },
        { "/v1/responses", """{"model":"m","input":"a","instructions":"TEXT","stream":true}""" },
        { "/v1/completions", """{"model":"m","prompt":["a","TEXT"]}""" },
        { "/v1/embeddings", """{"model":"m","input":["a","TEXT"]}""" },
        { "/v1/rerank", """{"model":"m","query":"a","documents":["TEXT"]}""" },
    };

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task A_dual_use_answer_is_held_from_an_unverified_caller_and_reaches_a_cleared_one(string path, string request, string body)
    {
        gateway.Reset();
        gateway.Backend.Answer = context => ScriptedBackend.WriteJsonAsync(context, body);

        var refused = await SendAsync(path, request, gateway.Token("registered"));
        var released = await SendAsync(path, request, gateway.Professional);

        AssertRefused(refused);
        Assert.Equal(body, released.Text);
        Assert.Equal(AuditEvent.ReleaseIntent, Assert.Single(gateway.Audit.Committed).Event);
        Assert.All(gateway.Backend.Received, received => Assert.Equal(path, received.Path));
    }

    [Theory]
    [MemberData(nameof(Streams))]
    public async Task A_dual_use_stream_is_held_from_an_unverified_caller_and_reaches_a_cleared_one(string path, string stream)
    {
        gateway.Reset();
        gateway.Backend.Answer = context => ScriptedBackend.WriteStreamAsync(context, stream);
        var request = $$"""{"model":"m","{{(path.EndsWith("responses", StringComparison.Ordinal) ? "input" : "prompt")}}":"hello","stream":true}""";

        var refused = await SendAsync(path, request, gateway.Token("registered"));
        var released = await SendAsync(path, request, gateway.Professional);

        AssertRefused(refused);
        Assert.Equal(stream, released.Text);
        Assert.StartsWith("text/event-stream", released.Headers["content-type"], StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Prompts))]
    public async Task A_dual_use_prompt_is_refused_before_the_backend_hears_of_it(string path, string request)
    {
        gateway.Reset();

        var answer = await SendAsync(path, request.Replace("TEXT", KeywordClassifier.Cyber, StringComparison.Ordinal), gateway.Token("registered"));

        AssertRefused(answer);
        Assert.Empty(gateway.Backend.Received);
    }

    [Fact]
    public async Task Embeddings_are_released_and_bytes_in_their_place_are_not()
    {
        gateway.Reset();
        var (request, body) = (Fixture("openai.embeddings", "request.json"), Fixture("openai.embeddings", "answer.json"));
        var spelled = JsonSerializer.Serialize(new { data = new[] { new { index = 0, embedding = "It could stand here, letter by letter."u8.ToArray().Select(letter => (int)letter) } } });

        gateway.Backend.Answer = context => ScriptedBackend.WriteJsonAsync(context, body);
        var released = await SendAsync("/v1/embeddings", request, gateway.Token("registered"));
        gateway.Backend.Answer = context => ScriptedBackend.WriteJsonAsync(context, spelled);
        var refused = await SendAsync("/v1/embeddings", request, gateway.Token("registered"));

        Assert.Equal(body, released.Text);
        Assert.NotEqual(HttpStatusCode.OK, refused.Status);
        Assert.DoesNotContain("embedding\"", refused.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"background\":true", "background")]
    [InlineData("\"previous_response_id\":\"resp_1\"", "previous_response_id")]
    [InlineData("\"store\":true", "store")]
    public async Task What_would_go_round_the_gate_is_a_400_in_the_dialects_shape(string extra, string field)
    {
        gateway.Reset();

        var answer = await SendAsync("/v1/responses", $$"""{"model":"m","input":"hello",{{extra}}}""", gateway.Professional);

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Equal(field, answer.Error.GetProperty("param").GetString());
        Assert.Empty(gateway.Backend.Received);
    }

    private static void AssertRefused(Answer answer)
    {
        Assert.True(answer.Status == HttpStatusCode.Forbidden, answer.Text);
        Assert.Equal("verification_required", answer.Code);
        Assert.Equal("cyber", answer.Error.GetProperty("category").GetString());
        Assert.Equal("https://gateway.example/verify", answer.Error.GetProperty("verification_uri").GetString());
        Assert.DoesNotContain("marker", answer.Everything, StringComparison.Ordinal);
    }

    private Task<Answer> SendAsync(string path, string body, string token) =>
        gateway.SendAsync(TheGateway.Json(body), token, request => request.RequestUri = new Uri(path, UriKind.Relative));

    private static string Fixture(string dialect, string name) => ConventionTests.ReadDocument($"tests/Fixtures/{dialect}/{name}");
}
