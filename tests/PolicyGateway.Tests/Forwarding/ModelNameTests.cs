using System.Net;
using System.Text;
using PolicyGateway.Dialects;
using PolicyGateway.Tests.Inference;

namespace PolicyGateway.Tests.Forwarding;

/// <summary>Names of a model: aliases, what a backend calls it, and the models that stand in for it.</summary>
public sealed class ModelNameTests : IAsyncLifetime
{
    private readonly TheGateway _gateway = new();

    public Task InitializeAsync()
    {
        _gateway.Settings["Backends:Models:m:Aliases:0"] = "gpt-4o";
        _gateway.Settings["Backends:Models:m-pro:Aliases:0"] = "gpt-4o-pro";
        _gateway.Settings["Backends:Models:named:Cluster"] = "c";
        _gateway.Settings["Backends:Models:named:Upstream"] = "vendor/\"big\" 72b";
        _gateway.Settings["Backends:Clusters:down:Destinations:0"] = TheBackends.Nobody;
        _gateway.Settings["Backends:Models:flaky:Cluster"] = "down";
        _gateway.Settings["Backends:Models:flaky:Fallbacks:0"] = "m-pro";
        _gateway.Settings["Backends:Models:flaky:Fallbacks:1"] = "named";
        _gateway.Settings["Backends:Models:lonely:Cluster"] = "down";
        _gateway.Settings["Backends:Models:lonely:Fallbacks:0"] = "m-pro";
        return _gateway.InitializeAsync();
    }

    public Task DisposeAsync() => _gateway.DisposeAsync();

    [Fact]
    public async Task An_alias_is_another_name_for_its_model_and_the_backend_hears_the_models_own()
    {
        var answer = await AskForAsync("gpt-4o");

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal(Body("m"), Sent());
        Assert.Equal("gpt-4o", (await _gateway.Audit.LastAsync()).RequestedModel);
    }

    [Fact]
    public async Task An_alias_opens_nothing_that_its_model_does_not()
    {
        var stranger = await AskForAsync("gpt-4o-pro");
        var professional = await AskForAsync("gpt-4o-pro", _gateway.Professional);

        Assert.Equal((HttpStatusCode.NotFound, "model_not_found"), (stranger.Status, stranger.Code));
        Assert.Equal(HttpStatusCode.OK, professional.Status);
        Assert.Equal(Body("m-pro"), Sent());
    }

    [Fact]
    public async Task Aliases_are_listed_for_those_who_may_use_their_model()
    {
        var listed = await _gateway.Client.GetStringAsync("/v1/models");
        using var alone = await _gateway.Client.GetAsync("/v1/models/gpt-4o-pro");

        Assert.Contains("\"gpt-4o\"", listed, StringComparison.Ordinal);
        Assert.DoesNotContain("gpt-4o-pro", listed, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, alone.StatusCode);
    }

    [Fact]
    public async Task The_backends_name_takes_the_models_place_and_no_other_byte_changes()
    {
        await AskForAsync("named");

        Assert.Equal(Body("vendor/\\u0022big\\u0022 72b"), Sent());
    }

    [Fact]
    public async Task Without_another_name_the_backend_gets_the_very_bytes()
    {
        await AskForAsync("m");

        Assert.Equal(Body("m"), Sent());
    }

    [Fact]
    public async Task A_fallback_answers_under_its_own_name_when_no_destination_is_left_and_those_that_are_not_open_are_passed_over()
    {
        var stranger = await AskForAsync("flaky");
        Assert.Equal(HttpStatusCode.OK, stranger.Status);
        Assert.Equal(Body("vendor/\\u0022big\\u0022 72b"), Sent());

        var professional = await AskForAsync("flaky", _gateway.Professional);
        Assert.Equal(HttpStatusCode.OK, professional.Status);
        Assert.Equal(Body("m-pro"), Sent());
    }

    [Fact]
    public async Task A_fallback_that_is_not_open_to_the_caller_does_not_answer()
    {
        var answer = await AskForAsync("lonely");

        Assert.Equal((HttpStatusCode.BadGateway, "upstream_failed"), (answer.Status, answer.Code));
        Assert.Empty(_gateway.Backend.Received);
    }

    [Theory]
    [InlineData("""{"model":"a","x":1}""", """{"model":"new","x":1}""")]
    [InlineData("""{ "mod\u0065l" : "\u0061\"b" , "x":{"model":"a"}}""", """{ "mod\u0065l" : "new" , "x":{"model":"a"}}""")]
    [InlineData("""{"x":[{"model":"a"}],"messages":[{"role":"user","content":"\"model\":\"a\""}],"model":"a"}""", """{"x":[{"model":"a"}],"messages":[{"role":"user","content":"\"model\":\"a\""}],"model":"new"}""")]
    [InlineData("""{"a":"model","b":"ü","model":"ü"}""", """{"a":"model","b":"ü","model":"new"}""")]
    public void Only_the_value_of_the_top_model_is_replaced(string body, string expected) =>
        Assert.Equal(expected, Encoding.UTF8.GetString(ModelName.Replace(Encoding.UTF8.GetBytes(body), "new").Span));

    [Theory]
    [InlineData("""{"x":{"model":"a"}}""")]
    [InlineData("""{"model":"a","model":"b"}""")]
    [InlineData("""{"model":7}""")]
    public void What_was_never_read_as_a_request_is_not_rewritten(string body) =>
        Assert.Throws<InvalidOperationException>(() => ModelName.Replace(Encoding.UTF8.GetBytes(body), "new"));

    private static string Body(string model) =>
        $$$"""{"metadata":{"model":"gpt-4o"}, "model": "{{{model}}}" ,"messages":[{"role":"user","content":"say \"model\":\"gpt-4o\""}]}""";

    private Task<Answer> AskForAsync(string model, string? token = null) => _gateway.SendAsync(TheGateway.Json(Body(model)), token);

    private string Sent() => Encoding.UTF8.GetString(_gateway.Backend.Received.Last().Body);
}
