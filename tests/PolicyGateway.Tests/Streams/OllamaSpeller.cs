using System.Text;
using System.Text.Json;

namespace PolicyGateway.Tests.Streams;

/// <summary>Ollama's chats and generated texts: a JSON document a line.</summary>
internal sealed class OllamaSpeller(bool isChat) : IStreamSpeller
{
    public string Name => isChat ? "ollama.chat" : "ollama.generate";

    public string Path => isChat ? "/api/chat" : "/api/generate";

    public string MediaType => "application/x-ndjson";

    public int MostChoices => 1;

    public IReadOnlyList<string> Channels => ["text", "thinking", "arguments", "function", "debug"];

    public IReadOnlyList<string> SidePlaces => ["tokens", "alternatives", "field", "reason", "id"];

    public byte[] BrokenFrame => "{}{}\n"u8.ToArray();

    public byte[] Tail => [];

    public string Request(string prompt, int choices) => isChat
        ? JsonSerializer.Serialize(new { model = "m", messages = new[] { new { role = "user", content = prompt } } })
        : JsonSerializer.Serialize(new { model = "m", prompt });

    public IEnumerable<string> Open(int choices) => [];

    public string Text(int choice, string channel, string text)
    {
        var spelled = JsonSerializer.Serialize(text);
        return channel switch
        {
            "thinking" => Answer($"\"thinking\":{spelled}"),
            "arguments" => Answer($"\"tool_calls\":[{{\"function\":{{\"arguments\":{{\"note\":{spelled}}}}}}}]"),
            "function" => Answer($"\"tool_calls\":[{{\"function\":{{\"name\":{spelled}}}}}]"),
            "debug" => Line($"\"_debug_info\":{{\"rendered_template\":{spelled}}}"),
            _ => Answer(isChat ? $"\"role\":\"assistant\",\"content\":{spelled}" : $"\"response\":{spelled}"),
        };
    }

    public string Side(int choice, string place, string text)
    {
        var spelled = JsonSerializer.Serialize(text);
        return place switch
        {
            "tokens" => Line($"\"logprobs\":[{{\"token\":{spelled},\"logprob\":-1.5}}]"),
            "alternatives" => Line($"\"logprobs\":[{{\"top_logprobs\":[{{\"token\":{spelled}}}]}}]"),
            "field" => Answer($"\"x_note\":{spelled}"),
            "reason" => Line($"\"done_reason\":{spelled}"),
            _ => $"{{\"model\":{spelled},\"done\":false}}",
        };
    }

    public IEnumerable<string> Close(int choices) =>
        ["""{"model":"m","created_at":"2025-08-15T22:55:08.5Z","done":true,"done_reason":"stop","prompt_eval_count":5,"eval_count":5}"""];

    public byte[] Frame(string json, Random random, bool isFirst) =>
        Encoding.UTF8.GetBytes(json + (random.Next(4) == 0 ? "\r\n" : "\n") + (random.Next(10) == 0 ? " \n" : ""));

    public bool IsBlock(string rest) =>
        rest.Contains("\"done_reason\":\"content_filter\"", StringComparison.Ordinal) && rest.EndsWith("}\n", StringComparison.Ordinal);

    private string Answer(string members) => Line(isChat ? $"\"message\":{{{members}}}" : members);

    private static string Line(string members) => $"{{\"model\":\"m\",\"created_at\":\"2025-08-15T22:55:08.508208329Z\",{members},\"done\":false}}";
}
