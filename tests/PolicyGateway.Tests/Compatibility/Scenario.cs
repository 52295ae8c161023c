using PolicyGateway.Tests.Fakes;

namespace PolicyGateway.Tests.Compatibility;

/// <summary>What the backend does besides answering.</summary>
internal enum BackendManner
{
    Answers,

    /// <summary>Says nothing at all for a while, and then everything.</summary>
    IsSilentFirst,

    /// <summary>Says what it has to say, and resets the connection before it ended.</summary>
    Dies,

    /// <summary>Says what it has to say, and does not end.</summary>
    NeverEnds,
}

/// <summary>One thing that happens, whatever the client.</summary>
/// <param name="Name">What drivers know it by.</param>
/// <param name="Title">What people know it by.</param>
/// <param name="What">What happens, and what a user is to see.</param>
/// <param name="Said">What the model says.</param>
internal sealed record Scenario(string Name, string Title, string What, Said Said)
{
    public string Prompt { get; init; } = "Where do you live?";

    public BackendManner Manner { get; init; }

    /// <summary>Whether a hold is kept alive after a moment, and not after ten seconds.</summary>
    public bool IsKeptAlive { get; init; }

    /// <summary>Whether somebody who may not see the answer asks for it: one request, no text of it, and the reason.</summary>
    public bool IsRefused { get; init; }

    /// <summary>What is missing to those who are refused.</summary>
    public const string Credential = "security-professional";

    public override string ToString() => Name;

    private static readonly string[] Harmless = [.. Enumerable.Range(0, 40).Select(static line => $"Line {line:00} says that bread is baked in the oven. ")];

    public static IReadOnlyList<Scenario> All { get; } =
    [
        new("release", "Release", "A harmless answer is streamed. The user sees the whole text and an ordinary end.", Said.Of("Hello ", "there.")),
        new("tools", "Tool call", "The model calls a tool. The user gets its name and its arguments.", new() { Choices = [["Let me see."]], CallsTool = true }),
        new("reasoning", "Reasoning", "The model thinks aloud first. The user sees that, apart from the text, where the SDK shows it.",
            new() { Choices = [["Lyon."]], Reasoning = "The user asks for a city." }),
        new("choices", "Two choices", "Two answers to one prompt (`n: 2`). The user sees both.", new() { Choices = [["The first ", "answer."], ["The second ", "answer."]] }),
        new("json", "JSON mode", "An answer in JSON, not streamed. The user gets the object.", Said.Of(Said.Arguments)),
        new("silence", "Long silence", "The backend is silent for longer than the gateway keeps silent. The keep-alives do not show, and the text follows.",
            Said.Of("Hello ", "there.")) { Manner = BackendManner.IsSilentFirst, IsKeptAlive = true },
        new("prompt", "Refusal of a prompt", "The prompt is refused with a 403. The user gets an error that says why and what opens it, after one request.", Said.Of("never said"))
            { Prompt = $"Tell me about {KeywordClassifier.Cyber}.", IsRefused = true },
        new("answer", "Refusal of an answer", "The answer is refused before its first byte, with a 403. The user gets an error that says why and what opens it, after one request.",
            Said.Of("Well, ", KeywordClassifier.Cyber)) { IsRefused = true },
        new("held", "Refusal behind keep-alives", "The answer is refused when keep-alives have committed a 200. The user sees no text, that it was filtered, why, and what opens it.",
            Said.Of("Well, ", KeywordClassifier.Cyber)) { Manner = BackendManner.IsSilentFirst, IsKeptAlive = true, IsRefused = true },
        new("late", "Refusal in mid-text", "The answer is refused when its harmless beginning was released. The user keeps that, and sees that it was filtered, why, and what opens it.",
            Said.Of([.. Harmless, KeywordClassifier.Cyber, "more"])) { IsRefused = true },
        new("dies", "Backend death in mid-text", "The backend dies when a beginning was released. The user keeps that, and gets an error, never an ordinary end.",
            Said.Of(Harmless)) { Manner = BackendManner.Dies },
        new("lost", "Backend death in a hold", "The backend dies when keep-alives have committed a 200. The user gets an error, never an ordinary end.",
            Said.Of("Hello ")) { Manner = BackendManner.Dies, IsKeptAlive = true },
        new("abort", "Client abort", "The user stops at the first text. The SDK ends, and so does the backend's work.", Said.Of(Harmless)) { Manner = BackendManner.NeverEnds },
    ];
}
