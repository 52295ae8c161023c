using System.Net.Sockets;
using System.Text;
using PolicyGateway.Dialects;
using PolicyGateway.Tests.Fakes;

namespace PolicyGateway.Tests.Inference;

/// <summary>A path without a dialect does not exist, however it is spelled; one with a dialect is judged, however it is spelled.</summary>
public sealed class UnservedPathTests(TheGateway gateway) : IClassFixture<TheGateway>
{
    private static readonly string[] Tricks =
    [
        "/v1//NAME", "//v1/NAME", "/v1/NAME/", "/v1/NAME//", "/v1/NAME/x", "/V1/UPPER", "/v1%2FNAME", "/v1%2fNAME", "/%2Fv1/NAME", "/v1/./NAME", "/v1/x/../NAME",
        "/v1/NAME/../NAME", "/v1/NAME%20", "/v1/NAME;x=1", "/v1/NAME?x=1", "/v1/NAME%3Fx=1", "/v1\\NAME", "/v1/%NAME", "/v1/NAME%00", "/x/v1/NAME", "/NAME", "/v1/v1/NAME",
    ];

    public static TheoryData<string> Spellings
    {
        get
        {
            var spellings = new TheoryData<string>();
            foreach (var name in new[] { "responses", "completions", "embeddings", "rerank", "chat/completions" })
            {
                foreach (var trick in Tricks)
                {
                    var escaped = "%" + Convert.ToHexString([(byte)name[0]]) + name[1..];
                    spellings.Add(trick.Replace("%NAME", escaped, StringComparison.Ordinal).Replace("NAME", name, StringComparison.Ordinal).Replace("UPPER", name.ToUpperInvariant(), StringComparison.Ordinal));
                }
            }

            return spellings;
        }
    }

    [Theory]
    [InlineData("GET", "/v1/responses")]
    [InlineData("GET", "/v1/responses/resp_1")]
    [InlineData("GET", "/v1/responses/resp_1?stream=true&starting_after=1")]
    [InlineData("DELETE", "/v1/responses/resp_1")]
    [InlineData("GET", "/v1/responses/resp_1/input_items")]
    [InlineData("POST", "/v1/responses/resp_1/cancel")]
    [InlineData("POST", "/v1/responses/compact")]
    [InlineData("POST", "/v1/responses/input_tokens")]
    [InlineData("POST", "/v1/conversations")]
    [InlineData("GET", "/v1/conversations/conv_1/items")]
    [InlineData("GET", "/v1/chat/completions")]
    [InlineData("GET", "/v1/chat/completions/chatcmpl-1")]
    [InlineData("GET", "/v1/chat/completions/chatcmpl-1/messages")]
    [InlineData("GET", "/v1/completions")]
    [InlineData("PUT", "/v1/completions")]
    [InlineData("GET", "/v1/embeddings")]
    [InlineData("POST", "/v1/moderations")]
    [InlineData("POST", "/v1/score")]
    [InlineData("POST", "/v2/rerank")]
    [InlineData("POST", "/v1/batches")]
    [InlineData("GET", "/v1/batches/batch_1")]
    [InlineData("POST", "/v1/files")]
    [InlineData("GET", "/v1/files/file-1/content")]
    [InlineData("GET", "/v1/files/answers.jsonl")]
    [InlineData("POST", "/v1/uploads")]
    [InlineData("POST", "/v1/images/generations")]
    [InlineData("POST", "/v1/images/edits")]
    [InlineData("POST", "/v1/audio/speech")]
    [InlineData("POST", "/v1/audio/transcriptions")]
    [InlineData("POST", "/v1/audio/translations")]
    [InlineData("POST", "/v1/videos")]
    [InlineData("GET", "/v1/realtime?model=m")]
    [InlineData("POST", "/v1/realtime/sessions")]
    [InlineData("POST", "/v1/realtime/client_secrets")]
    [InlineData("POST", "/v1/assistants")]
    [InlineData("POST", "/v1/threads")]
    [InlineData("POST", "/v1/threads/runs")]
    [InlineData("GET", "/v1/threads/thread_1/messages")]
    [InlineData("POST", "/v1/fine_tuning/jobs")]
    [InlineData("GET", "/v1/fine_tuning/jobs/job_1/events")]
    [InlineData("POST", "/v1/vector_stores")]
    [InlineData("POST", "/v1/vector_stores/vs_1/search")]
    [InlineData("POST", "/v1/containers")]
    [InlineData("GET", "/v1/containers/c_1/files/f_1/content")]
    [InlineData("POST", "/v1/evals")]
    [InlineData("POST", "/v1/skills")]
    [InlineData("POST", "/v1/chatkit/sessions")]
    [InlineData("GET", "/v1/organization/usage/completions")]
    [InlineData("POST", "/tokenize")]
    [InlineData("POST", "/pooling")]
    public async Task What_has_no_dialect_is_a_404_that_names_what_has_one(string method, string path)
    {
        gateway.Reset();
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (method is "POST" or "PUT")
        {
            request.Content = TheGateway.Json("""{"model":"m","input":"hello"}""");
        }

        using var response = await gateway.Client.SendAsync(request);
        var answer = new Answer(response.StatusCode, await response.Content.ReadAsByteArrayAsync(), new Dictionary<string, string>(), null);

        Assert.Equal(404, (int)answer.Status);
        Assert.Equal("unsupported_endpoint", answer.Code);
        Assert.All(new DialectTable().Routes, route => Assert.Contains($"POST {route.Path}", answer.Error.GetProperty("message").GetString(), StringComparison.Ordinal));
        Assert.Empty(gateway.Backend.Received);
    }

    [Theory]
    [MemberData(nameof(Spellings))]
    public async Task A_path_that_is_spelled_otherwise_is_judged_or_does_not_exist(string path)
    {
        gateway.Reset();
        var text = KeywordClassifier.Cyber;
        var body = $$"""{"model":"m","input":"{{text}}","prompt":"{{text}}","query":"{{text}}","documents":["{{text}}"],"messages":[{"role":"user","content":"{{text}}"}]}""";
        if (path.Contains("responses", StringComparison.OrdinalIgnoreCase))
        {
            body = $$"""{"model":"m","input":"{{text}}"}""";
        }

        // A client library would tidy the path up.
        var status = await SendRawAsync(path, body);

        Assert.True(status is 400 or 403 or 404, $"{path}: {status}");
        Assert.Empty(gateway.Backend.Received);
    }

    private async Task<int> SendRawAsync(string path, string body)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(gateway.Url.Host, gateway.Url.Port);
        await using var stream = client.GetStream();
        await stream.WriteAsync(Encoding.UTF8.GetBytes(
            $"POST {path} HTTP/1.1\r\nHost: gateway.example\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n{body}"));
        using var reader = new StreamReader(stream);
        var line = await reader.ReadLineAsync();
        return int.Parse(line!.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
    }
}
