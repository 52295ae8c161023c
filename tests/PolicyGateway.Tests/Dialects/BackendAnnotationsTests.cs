using System.Text;
using System.Text.Json;
using PolicyGateway.Dialects;
using PolicyGateway.Dialects.Frames;
using PolicyGateway.Dialects.OpenAIChat;

namespace PolicyGateway.Tests.Dialects;

public sealed class BackendAnnotationsTests
{
    /// <summary>A frame or an error as the provider sends it, and what it says.</summary>
    [Theory]
    // OpenAI and Azure: the end of a choice, the filter's results of a prompt and of an answer, the errors of a prompt.
    [InlineData("""{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}""", "")]
    [InlineData("""{"choices":[{"index":0,"delta":{},"finish_reason":null}]}""", "")]
    [InlineData("""{"choices":[{"index":0,"delta":{},"finish_reason":"content_filter"}]}""", "content_filter")]
    [InlineData("""{"choices":[{"content_filter_results":{"hate":{"filtered":false,"severity":"safe"},"violence":{"filtered":false,"severity":"low"}}}]}""", "")]
    [InlineData("""{"choices":[{"content_filter_results":{"hate":{"filtered":false,"severity":"medium"},"violence":{"filtered":true,"severity":"safe"}}}]}""", "hate violence")]
    [InlineData("""{"prompt_filter_results":[{"prompt_index":0,"content_filter_results":{"jailbreak":{"filtered":false,"detected":true},"indirect_attack":{"detected":false}}}]}""", "jailbreak")]
    [InlineData("""{"choices":[{"content_filter_results":{"protected_material_code":{"detected":true,"citation":{"URL":"x"}},"custom_blocklists":{"filtered":true,"details":[]}}}]}""", "custom_blocklists protected_material_code")]
    [InlineData("""{"choices":[{"content_filter_results":{"error":{"code":"content_filter_error","message":"The contents are not filtered"}}}]}""", "")]
    [InlineData("""{"error":{"code":"content_filter","status":400,"innererror":{"code":"ResponsibleAIPolicyViolation","content_filter_result":{"self_harm":{"filtered":true,"severity":"high"}}}}}""", "content_filter self_harm")]
    [InlineData("""{"error":{"type":"invalid_request","code":"cyber_policy","message":"m"}}""", "cyber_policy")]
    [InlineData("""{"choices":[{"message":{"content":"hello","refusal":null},"logprobs":{"content":[],"refusal":[]}}]}""", "")]
    [InlineData("""{"choices":[{"message":{"content":null,"refusal":"I cannot."}}]}""", "refusal")]
    // Responses.
    [InlineData("""{"type":"response.failed","response":{"error":{"code":"cyber_policy","message":"m"}}}""", "cyber_policy")]
    [InlineData("""{"type":"response.incomplete","response":{"incomplete_details":{"reason":"content_filter"}}}""", "content_filter")]
    [InlineData("""{"type":"response.refusal.delta","delta":"I "}""", "refusal")]
    [InlineData("""{"type":"response.completed","response":{"content_filters":[{"blocked":false,"source_type":"completion","content_filter_results":{"sexual":{"filtered":false,"severity":"high"}}}]}}""", "sexual")]
    // Anthropic, Gemini.
    [InlineData("""{"type":"message_delta","delta":{"stop_reason":"refusal","stop_details":{"type":"refusal","category":"cyber"}}}""", "refusal")]
    [InlineData("""{"type":"message_delta","delta":{"stop_reason":"end_turn"}}""", "")]
    [InlineData("""{"promptFeedback":{"blockReason":"PROHIBITED_CONTENT"}}""", "content_filter")]
    [InlineData("""{"candidates":[{"finishReason":"STOP","safetyRatings":[{"category":"HARM_CATEGORY_HARASSMENT","probability":"LOW","blocked":false}]}]}""", "")]
    [InlineData("""{"candidates":[{"finishReason":"SAFETY"}]}""", "content_filter")]
    // What nobody knows how to read says the most that it could.
    [InlineData("""{"choices":[{"content_filter_results":{"hate":{"filtered":"maybe"},"sexual":"yes","violence":{"severity":"extreme"}}}]}""", "hate sexual violence")]
    [InlineData("""{"choices":[{"content_filter_results":[{"hate":{"filtered":true}}]}]}""", "content_filter")]
    [InlineData("""{"choices":[{"message":{"refusal":true}}]}""", "refusal")]
    public void A_note_is_found_where_each_protocol_has_it(string frame, string found)
    {
        ArgumentNullException.ThrowIfNull(found);
        var annotations = new BackendAnnotations();
        using var document = JsonDocument.Parse(frame);

        annotations.Read(document.RootElement);

        Assert.Equal(found, string.Join(' ', annotations.Found.Order(StringComparer.Ordinal)));
    }

    [Fact]
    public void What_a_model_writes_about_notes_is_text_and_no_note()
    {
        var annotations = new BackendAnnotations();
        var answer = """{"choices":[{"message":{"content":"{\"finish_reason\":\"content_filter\",\"refusal\":\"no\"}"},"finish_reason":"stop"}]}""";

        new ChatDialect().ReadCompletion(Encoding.UTF8.GetBytes(answer), Framing.Json, annotations);

        Assert.Empty(annotations.Found);
    }

    [Fact]
    public void Notes_of_a_stream_are_gathered_over_its_frames()
    {
        var annotations = new BackendAnnotations();
        var stream = """
            data: {"choices":[],"prompt_filter_results":[{"prompt_index":0,"content_filter_results":{"hate":{"filtered":true}}}]}

            data: {"choices":[{"index":0,"delta":{"content":"x"},"finish_reason":null}]}

            data: {"choices":[{"index":0,"delta":{},"finish_reason":"content_filter"}]}

            data: [DONE]


            """;

        var completion = new ChatDialect().ReadCompletion(Encoding.UTF8.GetBytes(stream), Framing.Sse, annotations);

        Assert.Equal(["content_filter", "hate"], completion.Annotations.Order(StringComparer.Ordinal));
    }
}
