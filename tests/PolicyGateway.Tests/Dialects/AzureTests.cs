using System.Text;
using PolicyGateway.Dialects;
using PolicyGateway.Dialects.Azure;
using PolicyGateway.Dialects.Frames;
using PolicyGateway.Dialects.OpenAIChat;

namespace PolicyGateway.Tests.Dialects;

/// <summary>What is Azure's own beside OpenAI's dialect: the deployment in the path, and what its filter says.</summary>
public sealed class AzureTests
{
    private const string Folder = "tests/Fixtures/azure.chat/";

    private static readonly AzureDialect Dialect = new(new ChatDialect());
    private static readonly RequestLimits Limits = new(64, 8);

    [Fact]
    public void It_has_a_name_of_its_own_and_its_own_places_for_token_and_version()
    {
        Assert.Equal("azure.chat", Dialect.Name);
        Assert.Equal("api-key", Dialect.CredentialHeader);
        Assert.Equal(["api-version"], Dialect.ForwardedQuery);
    }

    [Theory]
    [InlineData("")]
    [InlineData(""" "model":"m", """)]
    [InlineData(""" "model":null, """)]
    public void The_deployment_in_the_path_is_the_model(string member) => Assert.Equal("m", Read("m", member).Prompt!.Model);

    [Theory]
    [InlineData("m", """ "model":"m-pro", """)]
    [InlineData("m", """ "model":"M", """)]
    [InlineData("m", """ "model":"", """)]
    [InlineData("m", """ "model":7, """)]
    [InlineData("m", """ "Model":"m-pro", """)]
    [InlineData(null, "")]
    [InlineData(null, """ "model":null, """)]
    public void A_model_that_is_not_the_one_in_the_path_is_refused(string? path, string member) => Assert.NotNull(Read(path, member).Error);

    [Fact]
    public void Without_a_deployment_the_body_names_the_model() => Assert.Equal("m", Read(null, """ "model":"m", """).Prompt!.Model);

    [Fact]
    public void Data_that_is_kept_elsewhere_is_refused() =>
        Assert.Contains("data_sources", Read("m", """ "data_sources":[{"type":"azure_search"}], """).Error!.Param, StringComparison.Ordinal);

    [Theory]
    [InlineData("answer.json", Framing.Json)]
    [InlineData("stream.txt", Framing.Sse)]
    internal void What_the_filter_says_is_no_text_of_an_answer(string file, Framing framing)
    {
        var reader = Dialect.Read(Encoding.UTF8.GetBytes(ConventionTests.ReadDocument(Folder + file)), framing);

        Assert.Equal(["A loaf rises for about three hours."], reader.Finish().Texts.ToArray());
        Assert.Null(reader.Finish().Fault);
        Assert.False(reader.HasUnknown);
        Assert.Equal("chatcmpl-A1b2C3", reader.Tail.Id);
        Assert.Equal(new TokenUsage(20, 9), reader.Usage);
    }

    [Theory]
    [InlineData("""{"hate":{"severity":"NEEDLE"}}""")]
    [InlineData("""{"hate":{"NEEDLE":true}}""")]
    [InlineData("""{"NEEDLE":{"filtered":true}}""")]
    [InlineData("""{"custom_blocklists":{"details":[{"id":"NEEDLE"}]}}""")]
    [InlineData("""{"protected_material_code":{"citation":{"URL":"https://NEEDLE"}}}""")]
    [InlineData("""{"error":{"message":"NEEDLE"}}""")]
    [InlineData("""{"jailbreak":{"detected":"NEEDLE"}}""")]
    public void Text_in_what_the_filter_says_is_judged(string results)
    {
        var body = $$"""{"choices":[{"index":0,"finish_reason":"stop","message":{"content":"a"},"content_filter_results":{{results}}}]}""";

        Assert.Contains(Dialect.ReadCompletion(Encoding.UTF8.GetBytes(body), Framing.Json).Texts, static text => text.Contains("NEEDLE", StringComparison.Ordinal));
    }

    [Fact]
    public void What_was_found_for_an_answer_is_judged() => Assert.Contains(
        Dialect.ReadCompletion(
            Encoding.UTF8.GetBytes("""{"choices":[{"index":0,"finish_reason":"stop","message":{"content":"a","context":{"citations":[{"content":"NEEDLE"}]}}}]}"""), Framing.Json).Texts,
        static text => text.Contains("NEEDLE", StringComparison.Ordinal));

    [Fact]
    public void An_ordinary_request_has_no_text_but_what_the_model_reads()
    {
        var prompt = Dialect.ReadPrompt(new RequestHead("m"), Encoding.UTF8.GetBytes(ConventionTests.ReadDocument(Folder + "request.json")), Limits).Prompt!;

        Assert.Equal("You answer questions about bread.\nHow long does a loaf rise?", prompt.Whole);
        Assert.Equal(Framing.Sse, prompt.Framing);
    }

    private static PromptReading Read(string? path, string member) => Dialect.ReadPrompt(
        new RequestHead(path), Encoding.UTF8.GetBytes($$"""{ {{member}} "messages":[{"role":"user","content":"a"}]}"""), Limits);
}
