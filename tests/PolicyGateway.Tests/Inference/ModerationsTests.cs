using System.ClientModel;
using System.Net;
using System.Text.Json;
using OpenAI;
using PolicyGateway.Tests.Fakes;

namespace PolicyGateway.Tests.Inference;

/// <summary>The classifier, asked by callers themselves, from end to end.</summary>
public sealed class ModerationsTests : IAsyncLifetime
{
    private readonly TheGateway _gateway = new();

    public Task InitializeAsync()
    {
        _gateway.Settings["Moderations:Enabled"] = "true";
        _gateway.Settings["Moderations:Tier"] = "registered";
        _gateway.Settings["Moderations:TextsPerMinute"] = "6";
        _gateway.Settings["Moderations:MaxInputs"] = "3";
        return _gateway.InitializeAsync();
    }

    public Task DisposeAsync() => _gateway.DisposeAsync();

    [Fact]
    public async Task Each_text_has_a_result_without_scores_and_the_call_is_recorded()
    {
        var answer = await AskAsync("""["hello","marker-cyber","marker-doubtful"]""");

        Assert.True(answer.Status == HttpStatusCode.OK, answer.Everything);
        var root = JsonDocument.Parse(answer.Body).RootElement;
        var results = root.GetProperty("results").EnumerateArray().ToArray();
        Assert.Equal([false, true, false], results.Select(static result => result.GetProperty("flagged").GetBoolean()));
        Assert.True(results[1].GetProperty("categories").GetProperty("cyber").GetBoolean());
        Assert.Equal([0, 1, 0], results.Select(static result => result.GetProperty("category_scores").GetProperty("cyber").GetDouble()));
        Assert.Equal(_gateway.Classifier.Profile.Model, root.GetProperty("model").GetString());
        var record = await _gateway.Audit.OfAsync(root.GetProperty("id").GetString()!);
        Assert.Equal(("openai.moderations", "moderated", "cyber"), (record.Dialect, record.Reason, record.Prompt!.Findings[0].Category));
        Assert.NotNull(record.Subject);
        Assert.Empty(_gateway.Backend.Received);
    }

    [Fact]
    public async Task A_client_that_leaves_before_the_verdict_is_recorded_as_gone_and_not_as_a_fault()
    {
        _gateway.Classifier.Delay = TimeSpan.FromSeconds(30);
        using var leaving = new CancellationTokenSource();
        using var request = TheGateway.Request(TheGateway.Json("""{"input":"hello"}"""), _gateway.Token("registered"));
        request.RequestUri = new Uri("/v1/moderations", UriKind.Relative);

        var asked = _gateway.Client.SendAsync(request, leaving.Token);
        for (var i = 0; i < 500 && _gateway.Classifier.Asked == 0; i++)
        {
            await Task.Delay(10);
        }

        await leaving.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asked);
        var record = await _gateway.Audit.LastAsync();
        Assert.Equal(("aborted", "client_closed_request"), (record.Outcome, record.Reason));
    }

    [Theory]
    [InlineData("\"marker-cyber\"")]
    [InlineData("""[{"type":"text","text":"marker-"},{"type":"text","text":"cyber"}]""")]
    public async Task A_text_and_the_parts_of_one_have_one_result(string input)
    {
        var answer = await AskAsync(input);

        Assert.True(answer.Status == HttpStatusCode.OK, answer.Everything);
        Assert.True(Assert.Single(JsonDocument.Parse(answer.Body).RootElement.GetProperty("results").EnumerateArray()).GetProperty("flagged").GetBoolean());
    }

    [Theory]
    [InlineData("""[{"type":"image_url","image_url":{"url":"data:image/png;base64,AA=="}}]""", "input[0].image_url")]
    [InlineData("""["a",{"type":"text","text":"b"}]""", "input")]
    [InlineData("""["a","b","c","d"]""", "input")]
    [InlineData("[]", "input")]
    [InlineData("[[1,2]]", "input[0]")]
    [InlineData("1", "input")]
    public async Task What_cannot_be_judged_is_an_error_that_names_the_field(string input, string field)
    {
        var answer = await AskAsync(input);

        Assert.True(answer.Status == HttpStatusCode.BadRequest, answer.Everything);
        Assert.Equal(field, answer.Error.GetProperty("param").GetString());
        Assert.Equal(0, _gateway.Classifier.Asked);
    }

    [Fact]
    public async Task A_caller_who_asks_too_often_is_told_when_to_come_back_and_another_is_not_limited()
    {
        await AskAsync("""["a","b","c"]""");
        await AskAsync("""["a","b","c"]""");

        var limited = await AskAsync("""["a","b"]""");
        var other = await AskAsync("\"a\"", _gateway.TokenOfSubject("somebody-else"));

        Assert.Equal(HttpStatusCode.TooManyRequests, limited.Status);
        Assert.Equal("rate_limit_exceeded", limited.Code);
        Assert.InRange(int.Parse(limited.Headers["retry-after"], System.Globalization.CultureInfo.InvariantCulture), 1, 59);
        Assert.Equal("true", limited.Headers["x-should-retry"]);
        Assert.Equal(HttpStatusCode.OK, other.Status);
    }

    [Fact]
    public async Task Only_the_configured_tier_may_ask()
    {
        var nobody = await AskAsync("\"a\"", token: "");
        var below = await AskAsync("\"a\"", _gateway.Token("public"));

        Assert.Equal(HttpStatusCode.Unauthorized, nobody.Status);
        Assert.Equal(HttpStatusCode.Forbidden, below.Status);
        Assert.Equal("registered", below.Error.GetProperty("required_tier").GetString());
        Assert.Equal(0, _gateway.Classifier.Asked);
    }

    [Fact]
    public async Task No_verdict_is_no_answer()
    {
        _gateway.Classifier.Unknown = Classification.UnknownReason.Deadline;

        var answer = await AskAsync("\"a\"");

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "false"), (answer.Status, answer.Headers["x-should-retry"]));
    }

    [Fact]
    public async Task OpenAIs_own_client_reads_it()
    {
        var client = new OpenAIClient(
            new ApiKeyCredential(_gateway.Token("registered")), new OpenAIClientOptions { Endpoint = new Uri(_gateway.Url, "/v1") }).GetModerationClient("any");

        var one = await client.ClassifyTextAsync(KeywordClassifier.Cyber);
        var many = await client.ClassifyTextAsync(["hello", KeywordClassifier.Cyber]);

        Assert.True(one.Value.Flagged);
        Assert.Equal([false, true], many.Value.Select(static result => result.Flagged));
    }

    [Fact]
    public async Task Where_it_is_not_enabled_it_does_not_exist()
    {
        var gateway = new TheGateway();
        await gateway.InitializeAsync();
        try
        {
            var answer = await gateway.SendAsync(TheGateway.Json("""{"input":"a"}"""), gateway.Professional, static request => request.RequestUri = new Uri("/v1/moderations", UriKind.Relative));

            Assert.Equal(HttpStatusCode.NotFound, answer.Status);
        }
        finally
        {
            await gateway.DisposeAsync();
        }
    }

    [Fact]
    public async Task Scores_are_told_where_the_policy_says_so()
    {
        var gateway = new TheGateway();
        gateway.Settings["Moderations:Enabled"] = "true";
        gateway.Settings["Moderations:Tier"] = "public";
        gateway.PolicyText = gateway.PolicyText.Replace("\"name\":", "\"moderation_scores\": true, \"name\":", StringComparison.Ordinal);
        await gateway.InitializeAsync();
        try
        {
            var answer = await gateway.SendAsync(TheGateway.Json("""{"input":"marker-doubtful"}"""), null, static request => request.RequestUri = new Uri("/v1/moderations", UriKind.Relative));

            var result = JsonDocument.Parse(answer.Body).RootElement.GetProperty("results")[0];
            Assert.Equal(0.5, result.GetProperty("category_scores").GetProperty("cyber").GetDouble());
            Assert.False(result.GetProperty("flagged").GetBoolean());
        }
        finally
        {
            await gateway.DisposeAsync();
        }
    }

    [Theory]
    [InlineData("Moderations:Tier", "no-such-tier")]
    [InlineData("Moderations:Tier", null)]
    [InlineData("Moderations:MaxInputs", "61")]
    public async Task Settings_that_cannot_be_are_named_at_the_start(string key, string? value)
    {
        var gateway = new TheGateway();
        gateway.Settings["Moderations:Enabled"] = "true";
        gateway.Settings["Moderations:Tier"] = "registered";
        gateway.Settings[key] = value;

        var fault = await Assert.ThrowsAnyAsync<Exception>(gateway.InitializeAsync);

        Assert.Contains(key, fault.ToString(), StringComparison.Ordinal);
    }

    private Task<Answer> AskAsync(string input, string? token = null) => _gateway.SendAsync(
        TheGateway.Json($$"""{"model":"omni-moderation-latest","input":{{input}}}"""),
        token is null ? _gateway.Token("registered") : token.Length == 0 ? null : token,
        static request => request.RequestUri = new Uri("/v1/moderations", UriKind.Relative));
}
