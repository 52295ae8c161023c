using System.Buffers;

namespace PolicyGateway.Classification.Views;

/// <summary>Tells code, addresses and formulae, whose words may be anything, from prose.</summary>
internal static class CodeSigns
{
    /// <summary>One sign in so many characters makes code.</summary>
    private const int Share = 12;

    private static readonly SearchValues<char> Signs = SearchValues.Create("{}();=<>[]_/\\|&#$@^~`+*");

    /// <summary>Whether many characters of the text are brackets, operators and separators of code.</summary>
    public static bool AreIn(ReadOnlySpan<char> text)
    {
        var (signs, characters) = (0, 0);
        foreach (var c in text)
        {
            signs += Signs.Contains(c) ? 1 : 0;
            characters += char.IsWhiteSpace(c) ? 0 : 1;
        }

        return signs * Share > characters;
    }
}
