namespace PolicyGateway.Tests.Compatibility.Spelling;

/// <summary>OpenAI's chat completions.</summary>
internal sealed class ChatSpelling : IAnswerSpelling
{
    public string MediaType => "text/event-stream";

    public Spelled Stream(Said said)
    {
        List<string> frames = [.. said.Choices.Select((_, choice) => Chunk(choice, new { role = "assistant", content = "" }))];
        if (said.Reasoning.Length > 0)
        {
            frames.Add(Chunk(0, new { reasoning_content = said.Reasoning }));
        }

        frames.AddRange(said.Choices.SelectMany((pieces, choice) => pieces.Select(piece => Chunk(choice, new { content = piece }))));
        if (said.CallsTool)
        {
            frames.Add(Chunk(0, new { tool_calls = new[] { new { index = 0, id = "call_1", type = "function", function = new { name = Said.Tool, arguments = "" } } } }));
            frames.AddRange(Said.Arguments.Chunk(8).Select(piece => Chunk(0, new { tool_calls = new[] { new { index = 0, function = new { arguments = new string(piece) } } } })));
        }

        return new Spelled(frames, [.. said.Choices.Select((_, choice) => Chunk(choice, new { }, Reason(said))), "data: [DONE]\n\n"]);
    }

    public object Whole(Said said) => new
    {
        id = "chatcmpl-1",
        @object = "chat.completion",
        created = 1,
        model = "m",
        choices = said.Texts.Select((content, index) => new { index, message = new { role = "assistant", content }, finish_reason = Reason(said) }),
        usage = new { prompt_tokens = 1, completion_tokens = 1, total_tokens = 2 },
    };

    private static string Reason(Said said) => said.CallsTool ? "tool_calls" : "stop";

    private static string Chunk(int index, object delta, string? reason = null) => Frames.Event(new
    {
        id = "chatcmpl-1",
        @object = "chat.completion.chunk",
        created = 1,
        model = "m",
        choices = new[] { new { index, delta, finish_reason = reason } },
    });
}
