using System.Text.Json.Nodes;

namespace PolicyGateway.Tests.Compatibility.Spelling;

/// <summary>Google's generated content, as server-sent events.</summary>
internal sealed class GeminiSpelling : IAnswerSpelling
{
    public string MediaType => "text/event-stream";

    public Spelled Stream(Said said)
    {
        List<string> frames = [];
        if (said.Reasoning.Length > 0)
        {
            frames.Add(Frames.Event(Answer(Candidate(0, new { thought = true, text = said.Reasoning }))));
        }

        frames.AddRange(said.Choices.SelectMany((pieces, choice) => pieces.Select(piece => Frames.Event(Answer(Candidate(choice, new { text = piece }))))));
        if (said.CallsTool)
        {
            frames.Add(Frames.Event(Answer(Candidate(0, new { functionCall = new { name = Said.Tool, args = JsonNode.Parse(Said.Arguments) } }))));
        }

        return new Spelled(frames, [.. said.Choices.Select((_, choice) => Frames.Event(Answer(Candidate(choice, new { text = "" }, "STOP"))))]);
    }

    public object Whole(Said said) => Answer([.. said.Texts.Select((text, choice) => Candidate(choice, new { text }, "STOP"))]);

    private static object Answer(params object[] candidates) => new
    {
        candidates,
        usageMetadata = new { promptTokenCount = 3, candidatesTokenCount = 5, totalTokenCount = 8 },
        modelVersion = "m",
        responseId = "r-1",
    };

    private static object Candidate(int index, object part, string? reason = null)
    {
        var content = new { role = "model", parts = new[] { part } };
        return reason is null ? new { index, content } : new { index, content, finishReason = reason };
    }
}
