namespace PolicyGateway.Tests;

/// <summary>
/// Holds the part of a document that stands between its marks to what the code says. With <c>UPDATE_DOCUMENTS=1</c> it is written
/// anew instead.
/// </summary>
internal static class GeneratedPart
{
    private const string Start = "<!-- generated: do not edit -->\n";
    private const string End = "<!-- end of what is generated -->\n";

    public static void AssertIs(string document, string wanted)
    {
        var path = ConventionTests.PathOf(document);
        var text = File.ReadAllText(path);
        var (start, end) = (text.IndexOf(Start, StringComparison.Ordinal) + Start.Length, text.IndexOf(End, StringComparison.Ordinal));
        if (Environment.GetEnvironmentVariable("UPDATE_DOCUMENTS") == "1")
        {
            File.WriteAllText(path, text[..start] + wanted + text[end..]);
            return;
        }

        Assert.Equal(wanted, text[start..end]);
    }
}
