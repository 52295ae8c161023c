using System.Text.Json;

namespace PolicyGateway.Demo;

/// <summary>
/// What the demo backend says: questions and answers from an embedded file, and one default answer for everything else.
/// The answers to dual-use questions are stand-ins that a classifier flags and that nobody can act on.
/// </summary>
internal sealed class DemoScript
{
    public const string DefaultAnswer =
        "Thank you for your question. I am a small demonstration server and only know a few prepared answers, and yours is "
        + "not among them yet. Please try one of the example questions that were printed when the demo started, such as the "
        + "one about the chicken that tasted funny.";

    private const string Resource = "PolicyGateway.Demo.demo-script.jsonl";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    private readonly Dictionary<string, DemoLine> _byPrompt;

    private DemoScript(IReadOnlyList<DemoLine> lines)
    {
        Lines = lines;
        _byPrompt = lines.ToDictionary(line => Key(line.Prompt), StringComparer.Ordinal);
    }

    public IReadOnlyList<DemoLine> Lines { get; }

    public static DemoScript Load()
    {
        using var stream = typeof(DemoScript).Assembly.GetManifestResourceStream(Resource)
            ?? throw new InvalidOperationException($"The embedded resource {Resource} is missing from the build.");
        using var reader = new StreamReader(stream);
        var lines = new List<DemoLine>();
        while (reader.ReadLine() is { } text)
        {
            lines.Add(JsonSerializer.Deserialize<DemoLine>(text, Json)
                ?? throw new InvalidOperationException($"The embedded resource {Resource} has an empty line."));
        }

        return new DemoScript(lines);
    }

    /// <summary>The answer to a question: case and spacing do not matter, anything else does.</summary>
    public string AnswerTo(string prompt) =>
        _byPrompt.TryGetValue(Key(prompt), out var line) ? line.Completion : DefaultAnswer;

    /// <summary>The line that the demo shows as an example of <paramref name="purpose"/>.</summary>
    public DemoLine For(DemoPurpose purpose) =>
        Lines.First(line => string.Equals(line.Show, purpose.ToString(), StringComparison.OrdinalIgnoreCase));

    private static string Key(string prompt) =>
        string.Join(' ', prompt.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)).ToUpperInvariant();
}

/// <summary>What a printed example is there to show.</summary>
internal enum DemoPurpose
{
    /// <summary>A benign question, answered for everybody.</summary>
    Release,

    /// <summary>A dual-use question: refused with what is missing, answered to a verified professional.</summary>
    Refusal,

    /// <summary>A question that is refused to everybody.</summary>
    Prohibited,
}

/// <summary>One question and its answer.</summary>
/// <param name="Id">Where the pair comes from in the project's written data set.</param>
/// <param name="Severity">What the exchange is: <c>benign</c>, <c>dual-use</c> or <c>prohibited</c>.</param>
/// <param name="Category">The category that it falls into, if any.</param>
/// <param name="Show">The purpose for which the demo prints it, if any.</param>
/// <param name="Prompt">The question.</param>
/// <param name="Completion">The answer.</param>
internal sealed record DemoLine(string Id, string Severity, string? Category, string? Show, string Prompt, string Completion);
