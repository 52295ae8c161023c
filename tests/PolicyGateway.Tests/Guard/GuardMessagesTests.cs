using System.Text;
using System.Text.Json;
using PolicyGateway.Guard;

namespace PolicyGateway.Tests.Guard;

public sealed class GuardMessagesTests
{
    [Theory]
    [InlineData("safe", "safe")]
    [InlineData("\n\nsafe\n", "safe")]
    [InlineData("unsafe", "unsafe")]
    [InlineData("unsafe\nS2", "unsafe")]
    [InlineData("\n\nunsafe\r\nS2,S9", "unsafe")]
    [InlineData("unsafe \nsafe", "unsafe")]
    [InlineData("", "malformed")]
    [InlineData("Safe", "malformed")]
    [InlineData("safe.", "malformed")]
    [InlineData("safe\nunsafe", "malformed")]
    [InlineData("safe\nS2", "malformed")]
    [InlineData("unsafely", "malformed")]
    [InlineData("The text is safe", "malformed")]
    [InlineData("{\"violation\":0}", "malformed")]
    public void A_guard_of_words_says_one_of_two(string content, string answer) =>
        Assert.Equal(answer, GuardMessages.Read(GuardFormat.LlamaGuard, Answer(content)).Name());

    [Theory]
    [InlineData("{\"violation\":0}", "safe")]
    [InlineData("{\"violation\":false,\"policy_category\":null,\"rationale\":\"x\"}", "safe")]
    [InlineData("{\"violation\":1,\"policy_category\":\"H2.f\"}", "unsafe")]
    [InlineData(" {\"violation\":true} ", "unsafe")]
    [InlineData("{\"violation\":2}", "malformed")]
    [InlineData("{\"violation\":0.5}", "malformed")]
    [InlineData("{\"violation\":\"0\"}", "malformed")]
    [InlineData("{\"violation\":null}", "malformed")]
    [InlineData("{\"violation\":1,\"violation\":0}", "malformed")]
    [InlineData("{\"Violation\":0}", "malformed")]
    [InlineData("[{\"violation\":0}]", "malformed")]
    [InlineData("{\"violation\":0} safe", "malformed")]
    [InlineData("```json\n{\"violation\":0}\n```", "malformed")]
    [InlineData("0", "malformed")]
    [InlineData("safe", "malformed")]
    public void A_guard_of_a_policy_says_whether_it_is_violated(string content, string answer) =>
        Assert.Equal(answer, GuardMessages.Read(GuardFormat.Policy, Answer(content)).Name());

    [Theory]
    [InlineData("")]
    [InlineData("safe")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"choices":[]}""")]
    [InlineData("""{"choices":[1]}""")]
    [InlineData("""{"choices":[{"message":{"content":"safe"}}]}""")]
    [InlineData("""{"choices":[{"finish_reason":"length","message":{"content":"safe"}}]}""")]
    [InlineData("""{"choices":[{"finish_reason":"stop","message":{"content":null}}]}""")]
    [InlineData("""{"choices":[{"finish_reason":"stop","message":"safe"}]}""")]
    [InlineData("""{"choices":[{"finish_reason":"stop","message":{"content":"safe","content":"unsafe"}}]}""")]
    [InlineData("""{"choices":[{"finish_reason":"stop","message":{"content":"safe"}},{"finish_reason":"stop","message":{"content":"unsafe"}}]}""")]
    [InlineData("""{"choices":[{"finish_reason":"stop","message":{"content":"\ud800"}}]}""")]
    [InlineData("""{"choices":[{"finish_reason":"stop","message":{"content":"safe"}}]""")]
    public void What_is_no_whole_answer_does_not_count(string body) =>
        Assert.Equal(GuardAnswer.Malformed, GuardMessages.Read(GuardFormat.LlamaGuard, Encoding.UTF8.GetBytes(body)));

    [Fact]
    public void A_guard_of_words_is_asked_with_the_exchange_as_a_chat()
    {
        var options = new GuardOptions { Model = "llama-guard", MaxTokens = 64 };

        using var alone = JsonDocument.Parse(GuardMessages.Write(options, null, "May I?", null));
        using var exchange = JsonDocument.Parse(GuardMessages.Write(options, null, "May I?", "Yes \"you\" may \ud800."));

        Assert.Equal(["user:May I?"], Messages(alone));
        Assert.Equal(["user:May I?", "assistant:Yes \"you\" may \ufffd."], Messages(exchange));
        Assert.Equal(("llama-guard", 0, 64, false), (
            exchange.RootElement.GetProperty("model").GetString(), exchange.RootElement.GetProperty("temperature").GetInt32(),
            exchange.RootElement.GetProperty("max_tokens").GetInt32(), exchange.RootElement.GetProperty("stream").GetBoolean()));
    }

    [Fact]
    public void A_guard_of_a_policy_is_given_the_policy_first()
    {
        var options = new GuardOptions { Model = "safeguard", Format = GuardFormat.Policy };

        using var document = JsonDocument.Parse(GuardMessages.Write(options, "No recipes.", "May I?", "Yes."));

        Assert.Equal(["system:No recipes.", "user:User:\nMay I?\n\nAssistant:\nYes."], Messages(document));
    }

    private static byte[] Answer(string content) => JsonSerializer.SerializeToUtf8Bytes(new
    {
        choices = new[] { new { index = 0, message = new { role = "assistant", content }, finish_reason = "stop" } },
    });

    private static List<string> Messages(JsonDocument document) => document.RootElement.GetProperty("messages").EnumerateArray()
        .Select(static message => $"{message.GetProperty("role").GetString()}:{message.GetProperty("content").GetString()}").ToList();
}
