using System.Text.Json.Nodes;

namespace PolicyGateway.Tests.Compatibility.Spelling;

/// <summary>Ollama's chats: a line for each piece.</summary>
internal sealed class OllamaSpelling : IAnswerSpelling
{
    private const string Time = "2025-08-15T22:55:08.508208329Z";

    public string MediaType => "application/x-ndjson";

    public Spelled Stream(Said said)
    {
        List<string> lines = [];
        if (said.Reasoning.Length > 0)
        {
            lines.Add(Line(new { role = "assistant", content = "", thinking = said.Reasoning }));
        }

        lines.AddRange(said.Choices[0].Select(piece => Line(new { role = "assistant", content = piece })));
        if (said.CallsTool)
        {
            lines.Add(Line(new
            {
                role = "assistant",
                content = "",
                tool_calls = new[] { new { function = new { name = Said.Tool, arguments = JsonNode.Parse(Said.Arguments) } } },
            }));
        }

        return new Spelled(lines, [Frames.Line(Last(""))]);
    }

    public object Whole(Said said) => Last(said.Texts.First());

    private static object Last(string content) =>
        new { model = "m", created_at = Time, message = new { role = "assistant", content }, done = true, done_reason = "stop", prompt_eval_count = 3, eval_count = 5 };

    private static string Line(object message) => Frames.Line(new { model = "m", created_at = Time, message, done = false });
}
