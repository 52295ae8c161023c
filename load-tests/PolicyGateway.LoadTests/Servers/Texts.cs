namespace PolicyGateway.LoadTests.Servers;

/// <summary>The texts that are sent: harmless ones, and one question that the policy gates.</summary>
internal static class Texts
{
    public static string BenignPrompt => Read("benign-prompt");

    public static string DualUsePrompt => Read("dual-use-prompt");

    public static string Completion => Read("completion");

    /// <summary>
    /// A harmless answer that the shipped model takes for one from its first words on: windows judge openings, too, and the model
    /// flags those of many harmless texts.
    /// </summary>
    public static string Stream => Read("stream");

    /// <summary>An answer that the policy gates; a harmless stand-in.</summary>
    public static string GatedCompletion => Read("gated-completion");

    private static string Read(string name)
    {
        using var reader = new StreamReader(typeof(Texts).Assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd().Trim();
    }
}
