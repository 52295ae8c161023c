using System.Collections.Frozen;
using System.Globalization;
using System.IO.Compression;

namespace PolicyGateway.Classification.Views;

/// <summary>
/// In which order two neighbours stand in text beyond Latin letters: pairs of which one order is common and the other rare, from
/// ordinary text in a dozen languages (<c>pairs.gz</c>, counted by <c>PolicyGateway.Training pairs</c>). It tells text from text
/// that runs backwards, in scripts that have neither capitals nor words.
/// </summary>
internal static class LetterOrder
{
    private const char FirstBeyondLatin = '\u0250';
    private const char LatinLetter = 'a';

    private static readonly FrozenSet<int> Usual = Load();

    /// <summary>What counts as one neighbour: letters beyond Latin as they are, any Latin one as "a", white space as a space; 0 where the character is passed over, as marks are, which stand on either side of their letter.</summary>
    public static char UnitOf(char c) => c switch
    {
        _ when char.IsWhiteSpace(c) => ' ',
        < '\x80' => char.IsAsciiLetterOrDigit(c) ? LatinLetter : c,
        < FirstBeyondLatin => LatinLetter,
        _ => CharUnicodeInfo.GetUnicodeCategory(c) switch
        {
            UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark or UnicodeCategory.Format or UnicodeCategory.Surrogate => '\0',
            _ => c,
        },
    };

    /// <summary>Whether two neighbours say anything of the order: they differ, and one of them is beyond Latin.</summary>
    public static bool Tells(char before, char after) => before != after && before != '\0' && (before >= FirstBeyondLatin || after >= FirstBeyondLatin);

    /// <summary>1 where the pair usually stands the other way round, -1 where it stands as usual, 0 where nobody knows.</summary>
    public static int Backwards(char before, char after) =>
        Usual.Contains(KeyOf(before, after)) ? -1 : Usual.Contains(KeyOf(after, before)) ? 1 : 0;

    private static int KeyOf(char before, char after) => (before << 16) | after;

    private static FrozenSet<int> Load()
    {
        using var resource = typeof(LetterOrder).Assembly.GetManifestResourceStream("PolicyGateway.Classification.Views.pairs.gz")!;
        using var reader = new StreamReader(new GZipStream(resource, CompressionMode.Decompress));
        var pairs = reader.ReadToEnd();
        return Enumerable.Range(0, pairs.Length / 2).Select(i => KeyOf(pairs[2 * i], pairs[(2 * i) + 1])).ToFrozenSet();
    }
}
