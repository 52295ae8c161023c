using System.Text;
using PolicyGateway.Dialects;
using PolicyGateway.Dialects.Frames;

namespace PolicyGateway.Tests.Dialects;

public sealed class OllamaRequestTests
{
    private static readonly RequestLimits Limits = new(64, 8);

    public static TheoryData<string, string> TextPlaces => new()
    {
        { "chat", Chat("""{"role":"user","content":"NEEDLE"}""") },
        { "chat", Chat("""{"role":"user","content":"NEE"},{"role":"user","content":"DLE"}""") },
        { "chat", Chat("""{"role":"system","content":"NEEDLE"}""") },
        { "chat", Chat("""{"role":"assistant","content":"a","thinking":"NEEDLE"}""") },
        { "chat", Chat("""{"role":"assistant","tool_calls":[{"function":{"name":"NEEDLE","arguments":{}}}]}""") },
        { "chat", Chat("""{"role":"assistant","tool_calls":[{"function":{"name":"f","arguments":{"a":["NEEDLE"]}}}]}""") },
        { "chat", Chat("""{"role":"assistant","tool_calls":[{"function":{"name":"f","arguments":{"NEEDLE":1}}}]}""") },
        { "chat", Chat("""{"role":"tool","tool_name":"NEEDLE","content":"a"}""") },
        { "chat", Chat("""{"role":"tool","tool_call_id":"NEEDLE with a space","content":"a"}""") },
        { "chat", Chat("""{"role":"user","content":"a","future":{"x":"NEEDLE"}}""") },
        { "chat", Chat("""{"role":"user","content":"a"}""", "\"tools\":[{\"function\":{\"description\":\"NEEDLE\"}}]") },
        { "chat", Chat("""{"role":"user","content":"a"}""", "\"format\":{\"description\":\"NEEDLE\"}") },
        { "chat", Chat("""{"role":"user","content":"a"}""", "\"format\":\"NEEDLE\"") },
        { "chat", Chat("""{"role":"user","content":"a"}""", "\"options\":{\"stop\":[\"NEEDLE\"]}") },
        { "chat", Chat("""{"role":"user","content":"a"}""", "\"options\":{\"future\":\"NEEDLE\"}") },
        { "chat", Chat("""{"role":"user","content":"a"}""", "\"options\":{\"seed\":\"NEEDLE\"}") },
        { "chat", Chat("""{"role":"user","content":"a"}""", "\"keep_alive\":\"NEEDLE in a field of ids\"") },
        { "chat", Chat("""{"role":"user","content":"a"}""", "\"vendor\":[{\"a\":\"NEEDLE\"}]") },
        { "generate", """{"model":"m","prompt":"NEEDLE"}""" },
        { "generate", """{"model":"m","prompt":"\u004eEEDLE"}""" },
        { "generate", """{"model":"m","prompt":"NEE","suffix":"DLE"}""" },
        { "generate", """{"model":"m","prompt":"a","suffix":"NEEDLE","template":""}""" },
        { "generate", """{"model":"m","prompt":"a","system":"NEEDLE"}""" },
        { "generate", """{"model":"m","prompt":"a","format":{"title":"NEEDLE"}}""" },
        { "generate", """{"model":"m","prompt":"a","options":{"stop":["NEEDLE"]}}""" },
        { "generate", """{"model":"m","prompt":"a","vendor":"NEEDLE"}""" },
        { "embed", """{"model":"m","input":"NEEDLE"}""" },
        { "embed", """{"model":"m","input":["a","NEEDLE"]}""" },
        { "embed", """{"model":"m","input":["NEE","DLE"]}""" },
        { "embeddings", """{"model":"m","prompt":"NEEDLE"}""" },
    };

    public static TheoryData<string, string> Malformed => new()
    {
        { "chat", "" },
        { "chat", "[]" },
        { "chat", """{"messages":[]}""" },
        { "chat", """{"model":"","messages":[]}""" },
        { "chat", """{"model":7,"messages":[]}""" },
        { "chat", """{"model":"m","messages":"a"}""" },
        { "chat", """{"model":"m","messages":["a"]}""" },
        { "chat", Chat("""{"content":"a"}""") },
        { "chat", Chat("""{"role":"wizard","content":"a"}""") },
        { "chat", Chat("""{"role":"user","content":7}""") },
        { "chat", Chat("""{"role":"user","content":[{"type":"text","text":"a"}]}""") },
        { "chat", Chat("""{"role":"user","content":"a","Content":"b"}""") },
        { "chat", Chat("""{"role":"user","content":"a","content":"b"}""") },
        { "chat", Chat("""{"role":"user","content":"\ud800"}""") },
        { "chat", Chat("""{"role":"user","content":"a"}""", "\"stream\":\"false\"") },
        { "chat", Chat("""{"role":"user","content":"a"}""", "\"Model\":\"m-pro\"") },
        { "chat", Chat("""{"role":"user","content":"a"}""", "\"options\":\"a\"") },
        { "generate", """{"model":"m","prompt":["a"]}""" },
        { "generate", """{"model":"m","prompt":7}""" },
        { "generate", """{"model":"m","prompt":"a","width":512}""" },
        { "generate", """{"model":"m","prompt":"a","template":"{{ slice .Prompt 0 1 }}"}""" },
        { "generate", """{"prompt":"a"}""" },
        { "embed", """{"model":"m"}""" },
        { "embed", """{"model":"m","input":[]}""" },
        { "embed", """{"model":"m","input":7}""" },
        { "embed", """{"model":"m","input":[7]}""" },
        { "embed", """{"model":"m","input":[["a"]]}""" },
        { "embed", """{"model":"m","input":"a","stream":true}""" },
        { "embeddings", """{"model":"m","input":"a"}""" },
        { "embeddings", """{"model":"m","prompt":["a"]}""" },
    };

    [Theory]
    [MemberData(nameof(TextPlaces))]
    public void Everything_that_the_model_reads_is_judged(string path, string body)
    {
        var prompt = Read(path, body).Prompt;

        Assert.NotNull(prompt);
        Assert.Contains(prompt.Texts, static text => text.Contains("NEEDLE", StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Malformed))]
    public void What_is_not_the_dialect_is_a_400(string path, string body) => Assert.Equal(400, Read(path, body).Error?.Status);

    [Theory]
    [InlineData("chat", """{"model":"m","messages":[{"role":"user","content":"a","images":["AAAA"]}]}""")]
    [InlineData("generate", """{"model":"m","prompt":"a","images":["AAAA"]}""")]
    [InlineData("generate", """{"model":"m","prompt":"a","context":[1,2,3]}""")]
    public void What_nobody_can_read_is_unclassified(string path, string body) => Assert.True(Read(path, body).Prompt!.HasUnclassified);

    [Theory]
    [InlineData("", Framing.Ndjson)]
    [InlineData(",\"stream\":null", Framing.Ndjson)]
    [InlineData(",\"stream\":true", Framing.Ndjson)]
    [InlineData(",\"stream\":false", Framing.Json)]
    internal void A_stream_is_the_default(string member, Framing framing)
    {
        Assert.Equal(framing, Read("chat", $$"""{"model":"m","messages":[]{{member}}}""").Prompt!.Framing);
        Assert.Equal(framing, Read("generate", $$"""{"model":"m","prompt":"a"{{member}}}""").Prompt!.Framing);
    }

    [Theory]
    [InlineData("chat", """
        You answer questions about bread.
        How long does a loaf rise?
        I look at the clock first.
        look_up_recipe
        loaf
        rye
        look_up_recipe
        Three hours, longer when it is cold.
        look_up_recipe
        Finds a recipe by the kind of loaf.
        loaf
        The kind of loaf.
        loaf
        END OF ANSWER
        """)]
    [InlineData("generate", """
        You answer questions about bread.
        How long does a loaf rise?
        Then it goes into the oven.
        """)]
    [InlineData("embed", """
        How long does a loaf rise?
        And how long does it bake?
        """)]
    public void An_ordinary_request_has_no_text_but_what_the_model_reads(string path, string text)
    {
        var prompt = Read(path, ConventionTests.ReadDocument($"tests/Fixtures/ollama.{path}/request.json")).Prompt!;

        Assert.False(prompt.HasUnclassified);
        Assert.Equal(text.ReplaceLineEndings("\n"), prompt.Whole);
    }

    private static string Chat(string messages, string member = "\"stream\":true") => $$"""{"model":"m","messages":[{{messages}}],{{member}}}""";

    private static PromptReading Read(string path, string body) => new DialectTable()["/api/" + path].ReadPrompt(default, Encoding.UTF8.GetBytes(body), Limits);
}
