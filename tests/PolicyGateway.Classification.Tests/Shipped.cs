using PolicyGateway.Classification.Ngram;

namespace PolicyGateway.Classification.Tests;

/// <summary>The repository's own bundle and fixtures.</summary>
internal static class Shipped
{
    public static string Root { get; } = FindRoot();

    public static string Bundle => Path.Combine(Root, "models", "ngram-1");

    public static string EncoderBundle => Path.Combine(Root, "models", "guard-e5-4");

    public static string ReferenceTexts => Path.Combine(Root, "tests", "PolicyGateway.Classification.Tests", "Fixtures", "reference.jsonl");

    public static string DemoTexts => Path.Combine(Root, "tests", "Fixtures", "demo-texts.jsonl");

    public static ClassifierOptions Options(int lanes = 1) => new() { Bundle = Bundle, Lanes = lanes };

    public static NgramClassifier Load(ClassifierOptions? options = null, TimeProvider? time = null) =>
        NgramClassifier.Load(options ?? Options(), time);

    public static ClassifierInput Prompt(string text) => new(TextKind.Prompt, text.AsMemory());

    private static string FindRoot()
    {
        var directory = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(directory, "PolicyGateway.sln")))
        {
            directory = Path.GetDirectoryName(directory) ?? throw new InvalidOperationException("No PolicyGateway.sln above the tests.");
        }

        return directory;
    }
}
