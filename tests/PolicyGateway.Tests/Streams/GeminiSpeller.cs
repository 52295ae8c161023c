using System.Text;
using System.Text.Json;

namespace PolicyGateway.Tests.Streams;

/// <summary>Google's generated content, as server-sent events or as one JSON array that arrives element by element.</summary>
internal sealed class GeminiSpeller(bool isArray) : IStreamSpeller
{
    public string Name => "gemini.generate_content";

    public string Path => "/v1beta/models/m:streamGenerateContent" + (isArray ? "" : "?alt=sse");

    public string MediaType => isArray ? "application/json" : "text/event-stream";

    public IReadOnlyList<string> Channels => ["text", "thought", "args", "partial", "code", "output", "grounding", "finish_message"];

    public IReadOnlyList<string> SidePlaces { get; } =
        [.. isArray ? Array.Empty<string>() : ["comment"], "signature", "tokens", "alternatives", "field", "part", "id"];

    public byte[] BrokenFrame => isArray ? ";{}"u8.ToArray() : SseSpelling.Broken;

    public byte[] Tail => isArray ? "\n]\n"u8.ToArray() : [];

    public string Request(string prompt, int choices) => JsonSerializer.Serialize(new
    {
        contents = new[] { new { role = "user", parts = new[] { new { text = prompt } } } },
        generationConfig = new { candidateCount = choices },
    });

    public IEnumerable<string> Open(int choices) => Enumerable.Range(0, choices).Select(choice => Part(choice, "\"text\":\"\""));

    public string Text(int choice, string channel, string text)
    {
        var spelled = JsonSerializer.Serialize(text);
        return channel switch
        {
            "thought" => Part(choice, $"\"thought\":true,\"text\":{spelled}"),
            "args" => Part(choice, $"\"functionCall\":{{\"args\":{{\"note\":{spelled}}}}}"),
            "partial" => Part(choice, $"\"functionCall\":{{\"partialArgs\":[{{\"stringValue\":{spelled}}}]}}"),
            "code" => Part(choice, $"\"executableCode\":{{\"language\":\"PYTHON\",\"code\":{spelled}}}"),
            "output" => Part(choice, $"\"codeExecutionResult\":{{\"outcome\":\"OUTCOME_OK\",\"output\":{spelled}}}"),
            "grounding" => Candidate(choice, $"\"groundingMetadata\":{{\"note\":{spelled}}}"),
            "finish_message" => Candidate(choice, $"\"finish_message\":{spelled}"),
            _ => Part(choice, $"\"text\":{spelled}"),
        };
    }

    public string Side(int choice, string place, string text)
    {
        var spelled = JsonSerializer.Serialize(text);
        return place switch
        {
            "comment" => ":" + text,
            "signature" => Part(choice, $"\"thoughtSignature\":{spelled}"),
            "tokens" => Candidate(choice, $"\"logprobsResult\":{{\"chosenCandidates\":[{{\"token\":{spelled},\"logProbability\":-1.5}}]}}"),
            "alternatives" => Candidate(choice, $"\"logprobs_result\":{{\"top_candidates\":[{{\"candidates\":[{{\"token\":{spelled}}}]}}]}}"),
            "field" => Candidate(choice, $"\"xNote\":{spelled}"),
            "part" => Part(choice, $"\"xPart\":{{\"note\":{spelled}}}"),
            _ => $"{{\"responseId\":{spelled}}}",
        };
    }

    public IEnumerable<string> Close(int choices) => Enumerable.Range(0, choices).Select(choice => Candidate(choice, "\"finishReason\":\"STOP\""));

    public byte[] Frame(string json, Random random, bool isFirst)
    {
        if (!isArray)
        {
            return SseSpelling.Frame(json, random, isFirst);
        }

        var space = random.Next(4) switch { 0 => "\r\n", 1 => "\n", 2 => " \t", _ => "" };
        return Encoding.UTF8.GetBytes($"{space}{(isFirst ? "[" : ",")}{space}{json}");
    }

    public bool IsBlock(string rest) =>
        rest.Contains("\"finishReason\":\"SAFETY\"", StringComparison.Ordinal) && rest.EndsWith(isArray ? "]" : "\n\n", StringComparison.Ordinal);

    private static string Part(int choice, string members) => Candidate(choice, $"\"content\":{{\"role\":\"model\",\"parts\":[{{{members}}}]}}");

    /// <summary>Protocol buffers leave out a number that is 0.</summary>
    private static string Candidate(int choice, string members) =>
        $"{{\"candidates\":[{{{(choice == 0 ? "" : $"\"index\":{choice},")}{members}}}],\"modelVersion\":\"m\",\"responseId\":\"r_1\"}}";
}
