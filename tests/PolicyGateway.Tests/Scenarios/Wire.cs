using System.Text;
using System.Text.Json;
using PolicyGateway.Tests.Streams;

namespace PolicyGateway.Tests.Scenarios;

/// <summary>One way to ask a model over HTTP: a path, what is asked there, and what a backend answers.</summary>
internal sealed class Wire
{
    private static readonly Dictionary<string, Wire> All = [];
    private readonly Func<string, string> _ask;
    private readonly Func<string, string>? _answer;

    static Wire()
    {
        IStreamSpeller[] spellers =
        [
            new ChatSpeller(isAzure: false), new ChatSpeller(isAzure: true), new CompletionsSpeller(), new ResponsesSpeller(), new MessagesSpeller(),
            new GeminiSpeller(isArray: false), new GeminiSpeller(isArray: true), new OllamaSpeller(isChat: true), new OllamaSpeller(isChat: false),
        ];
        foreach (var speller in spellers)
        {
            Add(new Wire($"{speller.Name} {(speller.MediaType, speller.Path.Contains("stream", StringComparison.Ordinal)) switch
            {
                ("application/json", _) => "array",
                ("text/event-stream", true) => "events",
                _ => "stream",
            }}", speller));
        }

        Add(new Wire("gemini.generate_content v1 events", new GeminiSpeller(isArray: false), "/v1/models/m:streamGenerateContent?alt=sse"));
        AddWholeAnswers();
        AddPrompts();
    }

    private Wire(string name, IStreamSpeller speller, string? path = null)
        : this(name, path ?? speller.Path, prompt => speller.Request(prompt, 1), null) => (Speller, MediaType) = (speller, speller.MediaType);

    private Wire(string name, string path, Func<string, string> ask, Func<string, string>? answer) => (Name, Path, _ask, _answer) = (name, path, ask, answer);

    /// <summary>Answers that arrive piece by piece.</summary>
    public static TheoryData<string> Streams => Names(static wire => wire.Speller is not null);

    /// <summary>Answers that arrive whole.</summary>
    public static TheoryData<string> Wholes => Names(static wire => wire._answer is not null);

    /// <summary>Every way to get text from a model.</summary>
    public static TheoryData<string> Answers => Names(static wire => wire.HasText);

    /// <summary>Every path that takes a prompt, those that answer in numbers too.</summary>
    public static TheoryData<string> Prompts => Names(static wire => wire.Speller is null);

    /// <summary>Every way to ask.</summary>
    public static IEnumerable<Wire> Every => All.Values;

    public string Name { get; }

    public string Path { get; }

    public string MediaType { get; } = "application/json";

    /// <summary>Null where the answer is no stream.</summary>
    public IStreamSpeller? Speller { get; }

    public bool HasText => Speller is not null || _answer is not null;

    public static Wire Of(string name) => All[name];

    public string Body(string prompt) => _ask(prompt);

    /// <summary>The request with further members in front of its own.</summary>
    public string Body(string prompt, string members) => "{" + members + "," + _ask(prompt)[1..];

    /// <summary>The whole answer of a backend that says these texts, each in a frame of its own where there are frames.</summary>
    public string Answer(params string[] texts) =>
        Speller is null ? _answer!(string.Concat(texts)) : string.Concat(Opening.Concat(texts.Select(Frame)).Append(Ending));

    /// <summary>The frames of a stream before its first text.</summary>
    public string[] Opening => [.. Speller!.Open(1).Select((json, at) => Spell(json, at == 0))];

    /// <summary>A frame with a text in the ordinary place. Where nothing opens a stream, no first frame differs, either.</summary>
    public string Frame(string text) => FrameOf(Speller!.Channels[0], text);

    public string FrameOf(string channel, string text) => Spell(Speller!.Text(0, channel, text), isFirst: false);

    /// <summary>What ends a stream.</summary>
    public string Ending => string.Concat(Speller!.Close(1).Select(json => Spell(json, isFirst: false))) + Encoding.UTF8.GetString(Speller!.Tail);

    /// <summary>Frames of the speller's own JSON, as a whole stream.</summary>
    public string StreamOf(int choices, params IEnumerable<string> frames) =>
        string.Concat(Speller!.Open(choices).Concat(frames).Concat(Speller.Close(choices)).Select((json, at) => Spell(json, at == 0))) + Encoding.UTF8.GetString(Speller.Tail);

    public override string ToString() => Name;

    private string Spell(string json, bool isFirst) => Encoding.UTF8.GetString(Speller!.Frame(json, Plain.Instance, isFirst));

    private static TheoryData<string> Names(Func<Wire, bool> which) => [.. All.Values.Where(which).Select(static wire => wire.Name)];

    private static void Add(Wire wire) => All.Add(wire.Name, wire);

    private static string Spelled(string text) => JsonSerializer.Serialize(text);

    private static void AddWholeAnswers()
    {
        static string Messages(string prompt) => $$"""{"model":"m","max_tokens":16,"messages":[{"role":"user","content":{{Spelled(prompt)}} }]}""";
        static string Contents(string prompt) => $$$"""{"contents":[{"role":"user","parts":[{"text":{{{Spelled(prompt)}}} }]}]}""";
        static string Chat(string text) => Fakes.ScriptedBackend.Completion(text);
        static string Text(string text) =>
            $$"""{"id":"cmpl-1","object":"text_completion","created":1,"model":"m","choices":[{"index":0,"text":{{Spelled(text)}},"logprobs":null,"finish_reason":"stop"}]}""";
        static string Line(string members) => $$"""{"model":"m","created_at":"2025-08-15T22:55:08.5Z",{{members}},"done":true,"done_reason":"stop"}""";
        static string Candidate(string text) =>
            $$$"""{"candidates":[{"content":{"role":"model","parts":[{"text":{{{Spelled(text)}}} }]},"finishReason":"STOP","index":0}],"modelVersion":"m","responseId":"r_1"}""";
        Add(new("openai.chat", "/v1/chat/completions", Messages, Chat));
        Add(new("azure.chat", "/openai/deployments/m/chat/completions?api-version=2024-10-21", Messages, Chat));
        Add(new("azure.chat v1", "/openai/v1/chat/completions", Messages, Chat));
        Add(new("openai.completions", "/v1/completions", static prompt => $$"""{"model":"m","prompt":{{Spelled(prompt)}} }""", Text));
        Add(new("azure.completions", "/openai/deployments/m/completions?api-version=2024-10-21", static prompt => $$"""{"prompt":{{Spelled(prompt)}} }""", Text));
        Add(new("openai.responses", "/v1/responses", static prompt => $$"""{"model":"m","input":{{Spelled(prompt)}} }""", static text => $$$"""
            {"id":"resp_1","object":"response","created_at":1,"status":"completed","model":"m","output":[{"type":"message","id":"msg_1","status":"completed","role":"assistant","content":[{"type":"output_text","text":{{{Spelled(text)}}},"annotations":[]}]}]}
            """));
        Add(new("anthropic.messages", "/v1/messages", Messages, static text => $$"""
            {"id":"msg_1","type":"message","role":"assistant","model":"m","content":[{"type":"text","text":{{Spelled(text)}} }],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":1,"output_tokens":1} }
            """));
        Add(new("gemini.generate_content", "/v1beta/models/m:generateContent", Contents, Candidate));
        Add(new("gemini.generate_content v1", "/v1/models/m:generateContent", Contents, Candidate));
        Add(new("ollama.chat", "/api/chat", static prompt => Unstreamed(Messages(prompt)), static text => Line($$$"""
            "message":{"role":"assistant","content":{{{Spelled(text)}}} }
            """)));
        Add(new("ollama.generate", "/api/generate", static prompt => Unstreamed($$"""{"model":"m","prompt":{{Spelled(prompt)}} }"""), static text => Line($$"""
            "response":{{Spelled(text)}}
            """)));
    }

    private static void AddPrompts()
    {
        static string Input(string prompt) => $$"""{"model":"m","input":{{Spelled(prompt)}} }""";
        Add(new("openai.embeddings", "/v1/embeddings", Input, null));
        Add(new("azure.embeddings", "/openai/deployments/m/embeddings?api-version=2024-10-21", Input, null));
        Add(new("openai.rerank", "/v1/rerank", static prompt => $$"""{"model":"m","query":"hello","documents":["a",{{Spelled(prompt)}}]}""", null));
        Add(new("anthropic.count_tokens", "/v1/messages/count_tokens", static prompt => $$"""{"model":"m","messages":[{"role":"user","content":{{Spelled(prompt)}} }]}""", null));
        foreach (var version in new[] { "v1beta", "v1" })
        {
            Add(new($"gemini.count_tokens {version}", $"/{version}/models/m:countTokens", static prompt => $$$"""{"contents":[{"parts":[{"text":{{{Spelled(prompt)}}} }]}]}""", null));
        }

        Add(new("ollama.embed", "/api/embed", Input, null));
        Add(new("ollama.embed old", "/api/embeddings", static prompt => $$"""{"model":"m","prompt":{{Spelled(prompt)}} }""", null));
    }

    private static string Unstreamed(string body) => body[..^1] + ",\"stream\":false}";

    /// <summary>Always the last choice, which is the plainest spelling.</summary>
    private sealed class Plain : Random
    {
        public static readonly Plain Instance = new();

        public override int Next(int maxValue) => maxValue - 1;
    }
}
