using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using PolicyGateway.Tests.Fakes;
using PolicyGateway.Tests.Inference;

namespace PolicyGateway.Tests.Scenarios;

/// <summary>Requests that are spelled so that other gateways did not judge them, one test for each: judged, or refused in the dialect's shape.</summary>
public sealed class BadInputScenarios(RecordedGateway gateway) : IClassFixture<RecordedGateway>
{
    public static TheoryData<string> Prompts => Wire.Prompts;

    public static TheoryData<string> Wholes => Wire.Wholes;

    [Theory]
    [MemberData(nameof(Prompts))]
    public async Task A_path_that_is_spelled_otherwise_never_reaches_the_backend_unjudged(string name)
    {
        var wire = Wire.Of(name);
        var (path, query) = (wire.Path.Split('?')[0], wire.Path.Contains('?', StringComparison.Ordinal) ? "?" + wire.Path.Split('?')[1] : "");
        var last = path.LastIndexOf('/');
        string[] spellings =
        [
            "/" + path, path[..last] + "/" + path[last..], path + "/", path + "//", path.ToUpperInvariant(), path[..last] + "%2F" + path[(last + 1)..],
            path[..last] + "%5C" + path[(last + 1)..], path[..last] + "/." + path[last..], path[..last] + "/x/.." + path[last..], path + "/../" + path[(last + 1)..],
            path + ";x=1", path + "%00", path + "%20", path + "%3Fx", path.Replace("/v1", "/%761", StringComparison.Ordinal), "http://gateway.example" + path,
        ];
        gateway.The.Reset();
        foreach (var spelling in spellings)
        {
            var answer = await SendRawAsync(Head(spelling + query, wire.Body(KeywordClassifier.Cyber)) + wire.Body(KeywordClassifier.Cyber));

            Assert.True(Status(answer) is 400 or 403 or 404, $"{spelling}: {answer}");
            Assert.DoesNotContain("marker", answer, StringComparison.Ordinal);
        }

        Assert.Empty(gateway.Backend.Received);
    }

    [Theory]
    [MemberData(nameof(Prompts))]
    public async Task A_body_of_another_dialect_is_judged_or_refused_in_this_ones_shape(string name)
    {
        var wire = Wire.Of(name);
        gateway.The.Reset();
        foreach (var other in Wire.Every)
        {
            var answer = await gateway.SendAsync(wire, other.Body(KeywordClassifier.Cyber), gateway.The.Token("registered"));

            Assert.True((int)answer.Status is 400 or 403 or 404, $"{wire}, {other}: {answer.Everything}");
            AssertShape(wire, answer);
        }

        Assert.Empty(gateway.Backend.Received);
    }

    [Theory]
    [MemberData(nameof(Prompts))]
    public async Task A_document_that_is_no_request_is_refused_in_the_dialects_shape(string name)
    {
        var wire = Wire.Of(name);
        gateway.The.Reset();
        string[] bodies =
        [
            "", "null", "1", "\"text\"", "[]", "{}", "{", "[[[[", new string('[', 500), """[{"jsonrpc":"2.0","id":1,"method":"chat","params":{}}]""",
            $"[{wire.Body("hello")}]", $"\uFEFF\uFEFF{wire.Body("hello")}", wire.Body("hello") + "x", wire.Body("hello", "\"a\\ud800\":1"),
        ];
        foreach (var body in bodies)
        {
            var answer = await gateway.SendAsync(wire, body, gateway.The.Professional);

            Assert.True(answer.Status == HttpStatusCode.BadRequest, $"{wire}, {body}: {answer.Everything}");
            AssertShape(wire, answer);
            Assert.Equal(("refused", 0L), ((await gateway.RecordOfAsync(answer)).Outcome, (await gateway.RecordOfAsync(answer)).ReleasedBytes));
        }

        Assert.Empty(gateway.Backend.Received);
    }

    [Theory]
    [MemberData(nameof(Prompts))]
    public async Task A_form_of_several_parts_is_refused_and_not_read_in_part(string name)
    {
        var wire = Wire.Of(name);
        gateway.The.Reset();
        using var form = new MultipartFormDataContent { { new ByteArrayContent([0xff, 0xfe]), "prompt" }, { new StringContent(wire.Body(KeywordClassifier.Cyber)), "body" } };

        var answer = await gateway.The.SendAsync(form, gateway.The.Professional, request => request.RequestUri = new Uri(wire.Path, UriKind.Relative));

        Assert.Equal(HttpStatusCode.UnsupportedMediaType, answer.Status);
        AssertShape(wire, answer);
        Assert.Empty(gateway.Backend.Received);
    }

    [Theory]
    [InlineData("openai.chat", """{"model":"m","messages":[{"role":"user","content":{"text":"marker-cyber"}}]}""")]
    [InlineData("openai.chat", """{"model":"m","messages":{"role":"user","content":"marker-cyber"}}""")]
    [InlineData("openai.chat", """{"model":"m","messages":["marker-cyber"]}""")]
    [InlineData("azure.chat", """{"messages":[{"role":"user","content":{"text":"marker-cyber"}}]}""")]
    [InlineData("openai.responses", """{"model":"m","input":{"text":"marker-cyber"}}""")]
    [InlineData("openai.responses", """{"model":"m","input":[{"role":"user","content":{"text":"marker-cyber"}}]}""")]
    [InlineData("openai.completions", """{"model":"m","prompt":{"text":"marker-cyber"}}""")]
    [InlineData("anthropic.messages", """{"model":"m","max_tokens":9,"messages":[{"role":"user","content":{"type":"text","text":"marker-cyber"}}]}""")]
    [InlineData("gemini.generate_content", """{"contents":[{"parts":{"text":"marker-cyber"}}]}""")]
    [InlineData("gemini.generate_content", """{"contents":{"parts":[{"text":"marker-cyber"}]}}""")]
    [InlineData("gemini.generate_content", """{"contents":"marker-cyber"}""")]
    [InlineData("ollama.chat", """{"model":"m","stream":false,"messages":[{"role":"user","content":{"text":"marker-cyber"}}]}""")]
    [InlineData("ollama.generate", """{"model":"m","stream":false,"prompt":{"text":"marker-cyber"}}""")]
    [InlineData("openai.embeddings", """{"model":"m","input":{"text":"marker-cyber"}}""")]
    [InlineData("openai.rerank", """{"model":"m","query":"a","documents":[{"text":"marker-cyber"}]}""")]
    public async Task Content_that_is_an_object_is_judged_or_refused(string name, string body)
    {
        gateway.The.Reset();

        var answer = await gateway.SendAsync(Wire.Of(name), body, gateway.The.Token("registered"));

        Assert.True((int)answer.Status is 400 or 403, answer.Everything);
        AssertShape(Wire.Of(name), answer);
        Assert.Empty(gateway.Backend.Received);
    }

    [Theory]
    [InlineData("openai.completions", "\"prompt\"", "[1,2,3]")]
    [InlineData("openai.completions", "\"prompt\"", "[[1,2],[3]]")]
    [InlineData("azure.completions", "\"prompt\"", "[1,2,3]")]
    [InlineData("openai.completions", "\"prompt_embeds\"", "\"AAAA\"")]
    [InlineData("ollama.generate", "\"context\"", "[1,2,3]")]
    public async Task Token_ids_are_never_taken_for_an_empty_prompt(string name, string member, string ids)
    {
        var wire = Wire.Of(name);
        gateway.The.Reset();
        gateway.Answers(wire, wire.Answer(KeywordClassifier.Cyber));
        var body = $"{{\"model\":\"m\",\"stream\":false,{member}:{ids}{(member == "\"prompt\"" ? "" : ",\"prompt\":\"hello\"")}}}";

        var held = await gateway.SendAsync(wire, body, gateway.The.Token("registered"));

        Assert.True(held.Status == HttpStatusCode.Forbidden, held.Everything);
        Assert.Equal("hold_all", (await gateway.RecordOfAsync(held)).ReleaseMode);
        Assert.DoesNotContain("marker", held.Everything, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("openai.chat", "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"parameters\":SCHEMA}}]")]
    [InlineData("azure.chat", "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"parameters\":SCHEMA}}]")]
    [InlineData("openai.responses", "\"tools\":[{\"type\":\"function\",\"name\":\"f\",\"parameters\":SCHEMA}]")]
    [InlineData("anthropic.messages", "\"tools\":[{\"name\":\"f\",\"input_schema\":SCHEMA}]")]
    [InlineData("gemini.generate_content", "\"tools\":[{\"functionDeclarations\":[{\"name\":\"f\",\"parameters\":SCHEMA}]}]")]
    [InlineData("ollama.chat", "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"parameters\":SCHEMA}}]")]
    public async Task A_tool_schema_of_a_megabyte_is_read_to_its_end(string name, string tools)
    {
        var fields = string.Join(',', Enumerable.Range(0, 12_000).Select(i => $"\"field{i}\":{{\"type\":\"string\",\"description\":\"Field {i} of a form that people fill in at a counter.\"}}"));
        string Tools(string last) => tools.Replace("SCHEMA", $"{{\"type\":\"object\",\"properties\":{{{fields},\"last\":{{\"type\":\"string\",\"description\":\"{last}\"}}}}}}", StringComparison.Ordinal);
        var wire = Wire.Of(name);
        gateway.The.Reset();
        gateway.Answers(wire, wire.Answer("Hello."));

        var clean = await gateway.SendAsync(wire, wire.Body("hello", Tools("The last.")), gateway.The.Token("registered"));

        Assert.True(clean.Status == HttpStatusCode.OK, clean.Everything);
        Assert.True(gateway.Backend.Received.Single().Body.Length > 1_000_000);
        await gateway.AssertRefusedAsync(wire, wire.Body("hello", Tools(KeywordClassifier.Cyber)));
    }

    [Theory]
    [MemberData(nameof(Wholes))]
    public async Task Unusual_http_is_judged_like_any_other(string name)
    {
        var wire = Wire.Of(name);
        gateway.The.Reset();
        gateway.Answers(wire, wire.Answer("Hello."));
        foreach (var (prompt, status) in new[] { ("hello", 200), (KeywordClassifier.Cyber, 403) })
        {
            var body = wire.Body(prompt);
            var chunks = string.Concat(body.Chunk(7).Select(chunk => $"{chunk.Length:x};x=y\r\n{new string(chunk)}\r\n"));
            string[] requests =
            [
                Head(wire.Path, body).Replace("HTTP/1.1", "HTTP/1.0", StringComparison.Ordinal) + body,
                Head(wire.Path, null, "Transfer-Encoding: chunked\r\nTrailer: x-tier\r\n") + chunks + "0\r\nx-tier: professional\r\nauthorization: Bearer x\r\n\r\n",
                Head(wire.Path, body, "Expect: 100-continue\r\n") + body,
                Head(wire.Path, body, "Connection: close, upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n") + body,
                Head(wire.Path, body, "Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\nConnection: close, Upgrade, HTTP2-Settings\r\n") + body,
            ];
            foreach (var request in requests)
            {
                var answer = await SendRawAsync(request);

                Assert.True(Status(answer) == status, $"{request[..120]}: {answer}");
                Assert.DoesNotContain("101 Switching", answer, StringComparison.Ordinal);
                Assert.DoesNotContain("marker", answer, StringComparison.Ordinal);
            }
        }

        Assert.Equal(5, gateway.Backend.Received.Count);
        Assert.All(gateway.Backend.Received, received => Assert.Equal(wire.Body("hello"), Encoding.UTF8.GetString(received.Body)));
        Assert.All(gateway.Backend.Received, received => Assert.DoesNotContain("professional", string.Join(',', received.Headers), StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Prompts))]
    public async Task A_body_that_arrives_byte_by_byte_is_judged_whole(string name)
    {
        var wire = Wire.Of(name);
        gateway.The.Reset();
        using var client = new TcpClient { NoDelay = true };
        await client.ConnectAsync(IPAddress.Loopback, gateway.The.Url.Port);
        await using var stream = client.GetStream();
        foreach (var one in Encoding.UTF8.GetBytes(Head(wire.Path, wire.Body(KeywordClassifier.Cyber)) + wire.Body(KeywordClassifier.Cyber)))
        {
            await stream.WriteAsync(new[] { one });
        }

        var answer = await new StreamReader(stream).ReadToEndAsync().WaitAsync(TimeSpan.FromSeconds(30));

        Assert.True(Status(answer) == 403, answer);
        Assert.Empty(gateway.Backend.Received);
    }

    [Fact]
    public async Task Streams_of_http_2_that_are_opened_and_reset_reach_nobody()
    {
        gateway.The.Reset();
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, gateway.The.Url.Port);
        await using var stream = client.GetStream();
        await stream.WriteAsync("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray());
        try
        {
            await stream.WriteAsync(new byte[] { 0, 0, 0, 4, 0, 0, 0, 0, 0 });
            for (byte id = 1; id < 200; id += 2)
            {
                // HEADERS with ":method: POST", then RST_STREAM.
                await stream.WriteAsync(new byte[] { 0, 0, 1, 1, 4, 0, 0, 0, id, 0x83, 0, 0, 4, 3, 0, 0, 0, 0, id, 0, 0, 0, 8 });
            }
        }
        catch (IOException)
        {
            // The server closes what it does not speak.
        }

        Assert.Empty(gateway.Backend.Received);
        Assert.Equal(HttpStatusCode.OK, (await gateway.The.SendAsync(TheGateway.Ask("hello"))).Status);
    }

    /// <summary>The protocol's own error, so that its SDKs raise what they should.</summary>
    private static void AssertShape(Wire wire, Answer answer)
    {
        var root = JsonDocument.Parse(answer.Body).RootElement;
        Assert.DoesNotContain("marker", answer.Everything, StringComparison.Ordinal);
        Assert.StartsWith("application/json", answer.Headers["content-type"], StringComparison.Ordinal);
        switch (wire.Name.Split('.')[0])
        {
            case "ollama":
                Assert.Equal(JsonValueKind.String, root.GetProperty("error").ValueKind);
                break;
            case "gemini":
                Assert.Equal((int)answer.Status, root.GetProperty("error").GetProperty("code").GetInt32());
                Assert.Equal(JsonValueKind.String, root.GetProperty("error").GetProperty("status").ValueKind);
                break;
            case "anthropic":
                Assert.Equal("error", root.GetProperty("type").GetString());
                Assert.Equal(JsonValueKind.String, root.GetProperty("error").GetProperty("type").ValueKind);
                break;
            default:
                Assert.Equal(JsonValueKind.String, root.GetProperty("error").GetProperty("code").ValueKind);
                Assert.True(root.GetProperty("error").TryGetProperty("param", out _));
                break;
        }
    }

    private static string Head(string path, string? body, string headers = "") =>
        $"POST {path} HTTP/1.1\r\nHost: gateway.example\r\nContent-Type: application/json\r\n{(headers.Contains("Connection", StringComparison.Ordinal) ? "" : "Connection: close\r\n")}{headers}{(body is null ? "" : $"Content-Length: {Encoding.UTF8.GetByteCount(body)}\r\n")}\r\n";

    /// <summary>The status that counts: of the last answer, where 100 Continue came before it.</summary>
    private static int Status(string answer) =>
        int.Parse(answer[answer.LastIndexOf("HTTP/1.1 ", StringComparison.Ordinal)..].Split(' ')[1], CultureInfo.InvariantCulture);

    private async Task<string> SendRawAsync(string request)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, gateway.The.Url.Port);
        await using var stream = client.GetStream();
        await stream.WriteAsync(Encoding.UTF8.GetBytes(request));
        return await new StreamReader(stream).ReadToEndAsync().WaitAsync(TimeSpan.FromSeconds(30));
    }
}
