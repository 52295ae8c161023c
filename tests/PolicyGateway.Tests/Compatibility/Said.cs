using System.Text.Json;

namespace PolicyGateway.Tests.Compatibility;

/// <summary>What the model says, whatever the protocol.</summary>
internal sealed record Said
{
    public const string Tool = "lookup";

    public const string Arguments = """{"city":"Lyon"}""";

    /// <summary>The pieces of each choice's text; one frame a piece.</summary>
    public required IReadOnlyList<string[]> Choices { get; init; }

    public string Reasoning { get; init; } = "";

    public bool CallsTool { get; init; }

    public IEnumerable<string> Texts => Choices.Select(static pieces => string.Concat(pieces));

    public static Said Of(params string[] pieces) => new() { Choices = [pieces] };
}

/// <summary>A stream as a backend writes it: all that says something, and what ends it.</summary>
internal sealed record Spelled(IReadOnlyList<string> Frames, IReadOnlyList<string> End);

/// <summary>How a protocol says it.</summary>
internal interface IAnswerSpelling
{
    /// <summary>Of a stream.</summary>
    string MediaType { get; }

    Spelled Stream(Said said);

    object Whole(Said said);
}

internal static class Frames
{
    public static string Event(object json) => $"data: {JsonSerializer.Serialize(json)}\n\n";

    public static string NamedEvent(string name, object json) => $"event: {name}\n{Event(json)}";

    public static string Line(object json) => JsonSerializer.Serialize(json) + "\n";
}
