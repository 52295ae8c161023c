namespace PolicyGateway.LoadTests.Servers;

/// <summary>The texts that are sent: harmless ones, and one question that the policy gates.</summary>
internal static class Texts
{
    public static string BenignPrompt => Read("benign-prompt");

    public static string DualUsePrompt => Read("dual-use-prompt");

    public static string Completion => Read("completion");

    private static string Read(string name)
    {
        using var reader = new StreamReader(typeof(Texts).Assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd().Trim();
    }
}
