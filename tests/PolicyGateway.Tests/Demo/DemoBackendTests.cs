using System.ClientModel;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using OpenAI;
using OpenAI.Chat;
using PolicyGateway.Demo;
using PolicyGateway.Tests.Clients;

namespace PolicyGateway.Tests.Demo;

public sealed class DemoBackendTests : IAsyncLifetime
{
    private static readonly HttpClient Http = new();
    private DemoBackend _backend = null!;

    public async Task InitializeAsync() => _backend = await DemoBackend.StartAsync(
        new DemoBackendOptions { Pause = TimeSpan.Zero }, TimeProvider.System, CancellationToken.None);

    public async Task DisposeAsync() => await _backend.DisposeAsync();

    [Fact]
    public void The_script_has_an_example_for_every_purpose_and_a_dual_use_answer_that_is_no_default()
    {
        foreach (var purpose in Enum.GetValues<DemoPurpose>())
        {
            var line = _backend.Script.For(purpose);
            Assert.Equal(line.Completion, _backend.Script.AnswerTo("  " + line.Prompt.ToUpperInvariant() + "\n"));
        }

        Assert.Equal("dual-use", _backend.Script.For(DemoPurpose.Refusal).Severity);
        Assert.Equal("prohibited", _backend.Script.For(DemoPurpose.Prohibited).Severity);
        Assert.Equal(DemoScript.DefaultAnswer, _backend.Script.AnswerTo("anything else"));
    }

    [Fact]
    public async Task It_lists_several_models_and_one_is_called_demo()
    {
        var models = await Client().GetOpenAIModelClient().GetModelsAsync();

        Assert.Contains(models.Value, model => model.Id == "demo");
        Assert.True(models.Value.Count >= 3);
    }

    [Fact]
    public async Task A_body_carries_every_choice_and_its_usage()
    {
        using var response = await PostAsync(new { model = "demo", n = 2, messages = Ask("anything else") });
        var body = await response.Content.ReadFromJsonAsync<JsonElement>();

        Assert.Equal(2, body.GetProperty("choices").GetArrayLength());
        Assert.All(body.GetProperty("choices").EnumerateArray(), choice =>
        {
            Assert.Equal(DemoScript.DefaultAnswer, choice.GetProperty("message").GetProperty("content").GetString());
            Assert.Equal("stop", choice.GetProperty("finish_reason").GetString());
        });
        Assert.Equal(
            body.GetProperty("usage").GetProperty("total_tokens").GetInt32(),
            body.GetProperty("usage").GetProperty("prompt_tokens").GetInt32()
                + body.GetProperty("usage").GetProperty("completion_tokens").GetInt32());
    }

    [Fact]
    public async Task The_chunks_of_a_stream_add_up_to_the_answer_for_the_dotnet_sdk()
    {
        var line = _backend.Script.For(DemoPurpose.Refusal);
        var text = "";
        ChatFinishReason? finish = null;
        await foreach (var update in Client().GetChatClient("demo").CompleteChatStreamingAsync(line.Prompt))
        {
            text += string.Concat(update.ContentUpdate.Select(part => part.Text));
            finish ??= update.FinishReason;
        }

        Assert.Equal(line.Completion, text);
        Assert.Equal(ChatFinishReason.Stop, finish);
    }

    [Theory]
    [InlineData("stream")]
    [InlineData("create")]
    public async Task The_answer_is_whole_for_the_node_sdk(string mode)
    {
        var line = _backend.Script.For(DemoPurpose.Release);
        var seen = await NodeClient.RunAsync(mode, new Uri(_backend.Url, "/v1").ToString(), "unused", "demo-reasoning", line.Prompt);

        Assert.Equal(line.Completion, seen.GetProperty("text").GetString());
        Assert.Equal("stop", seen.GetProperty("finish").GetString());
        Assert.True(seen.GetProperty("tokens").GetInt32() > 0);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_stream_ends_with_done_and_tells_its_usage_only_when_asked(bool include)
    {
        using var response = await PostAsync(new
        {
            model = "demo-reasoning",
            stream = true,
            stream_options = new { include_usage = include },
            messages = Ask("anything else"),
        });
        var frames = (await response.Content.ReadAsStringAsync()).Split("\n\n", StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        Assert.Equal("data: [DONE]", frames[^1]);
        Assert.Contains(frames, frame => frame.Contains("\"reasoning_content\":", StringComparison.Ordinal));
        Assert.DoesNotContain(frames, frame => frame.Contains("\"finish_reason\":\"\"", StringComparison.Ordinal));
        Assert.Equal(include, frames[^2].Contains("\"choices\":[]", StringComparison.Ordinal));
        Assert.Equal(include, frames.Any(frame => frame.Contains("total_tokens", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_word_limit_ends_the_answer_for_length()
    {
        using var response = await PostAsync(new { model = "demo", max_tokens = 2, messages = Ask("anything else") });
        var choice = (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("choices")[0];

        Assert.Equal("length", choice.GetProperty("finish_reason").GetString());
        Assert.Equal("Thank you ", choice.GetProperty("message").GetProperty("content").GetString());
    }

    [Theory]
    [InlineData("""{"model":"demo","messages":[],"n":0}""", HttpStatusCode.BadRequest)]
    [InlineData("""{"model":"no-such-model","messages":[]}""", HttpStatusCode.NotFound)]
    [InlineData("""{"messages":[]}""", HttpStatusCode.BadRequest)]
    [InlineData("""{"model":"demo"}""", HttpStatusCode.BadRequest)]
    [InlineData("""{"model":""", HttpStatusCode.BadRequest)]
    [InlineData("[]", HttpStatusCode.BadRequest)]
    public async Task A_wrong_request_is_answered_in_the_dialects_error_shape(string body, HttpStatusCode expected)
    {
        using var content = new StringContent(body, null, "application/json");
        using var response = await Http.PostAsync(new Uri(_backend.Url, "/v1/chat/completions"), content);
        var error = (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("error");

        Assert.Equal(expected, response.StatusCode);
        Assert.Equal("invalid_request_error", error.GetProperty("type").GetString());
        Assert.Equal(DemoRequestState.Rejected, Assert.Single(_backend.Traffic.Newest).State);
    }

    [Fact]
    public async Task It_counts_requests_and_notices_a_caller_who_goes_away()
    {
        await using var slow = await DemoBackend.StartAsync(
            new DemoBackendOptions { Pause = TimeSpan.FromMinutes(5) }, TimeProvider.System, CancellationToken.None);
        using (var response = await PostAsync(new { model = "demo", stream = true, messages = Ask("anything else") }, slow))
        {
            Assert.Equal(DemoRequestState.Running, Assert.Single(slow.Traffic.Newest).State);
        }

        for (var i = 0; i < 200 && slow.Traffic.Aborted == 0; i++)
        {
            await Task.Delay(25);
        }

        Assert.Equal(1, slow.Traffic.Count);
        Assert.Equal(1, slow.Traffic.Aborted);
        Assert.Equal(DemoRequestState.Aborted, Assert.Single(slow.Traffic.Newest).State);
    }

    private static object[] Ask(string text) => [new { role = "user", content = text }];

    private async Task<HttpResponseMessage> PostAsync(object body, DemoBackend? backend = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri((backend ?? _backend).Url, "/v1/chat/completions"))
        {
            Content = JsonContent.Create(body),
        };
        return await Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    private OpenAIClient Client() =>
        new(new ApiKeyCredential("unused"), new OpenAIClientOptions { Endpoint = new Uri(_backend.Url, "/v1") });
}
