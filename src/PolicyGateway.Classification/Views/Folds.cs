using System.Collections.Frozen;
using System.Globalization;
using System.Text;

namespace PolicyGateway.Classification.Views;

/// <summary>
/// What Unicode says about which characters read alike, from the resource Folds.txt: compatibility folds (NFKC), letters
/// that compose with a mark, and characters that look like ASCII letters or digits. Framework normalisation is not used:
/// under invariant globalisation it leaves everything but ASCII as it is.
/// </summary>
internal static class Folds
{
    private const int Planes = 0x20000;

    private static readonly ushort[] FoldIndex = new ushort[Planes];
    private static readonly List<string> FoldTexts = [""];
    private static readonly FrozenDictionary<(char Base, char Mark), char> Compositions;
    private static readonly FrozenDictionary<char, char> Decompositions;
    private static readonly FrozenDictionary<int, string> LookAlikes;

#pragma warning disable CA1810 // One pass over the resource fills all tables.
    static Folds()
#pragma warning restore CA1810
    {
        var compositions = new Dictionary<(char, char), char>();
        var lookAlikes = new Dictionary<int, string>();
        var section = "";
        foreach (var line in Lines())
        {
            if (line[0] == '@')
            {
                section = line;
                continue;
            }

            var (first, last, text) = Parse(line);
            for (var i = first; i <= last; i++)
            {
                switch (section)
                {
                    case "@fold":
                        FoldIndex[i] = (ushort)FoldTexts.Count;
                        FoldTexts.Add(Advance(text, i - first));
                        break;
                    case "@compose":
                        compositions[(text[0], text[1])] = (char)i;
                        break;
                    default:
                        lookAlikes[i] = Advance(text, i - first);
                        break;
                }
            }
        }

        Compositions = compositions.ToFrozenDictionary();
        Decompositions = compositions.ToFrozenDictionary(static pair => pair.Value, static pair => pair.Key.Item1);
        LookAlikes = lookAlikes.ToFrozenDictionary();
    }

    /// <summary>
    /// The compatibility fold of a code point, or an empty text where there is none; of a letter in parentheses the letter, since
    /// a word of such letters would else be torn.
    /// </summary>
    public static string Fold(int codePoint) =>
        codePoint is (>= 0x249c and <= 0x24b5) or (>= 0x1f110 and <= 0x1f129) ? FoldTexts[FoldIndex[codePoint]].Trim('(', ')')
        : codePoint < Planes ? FoldTexts[FoldIndex[codePoint]]
        : "";

    /// <summary>The letter below the marks of a composed one, or the letter itself.</summary>
    public static char WithoutMarks(char letter)
    {
        while (Decompositions.TryGetValue(letter, out var below))
        {
            letter = below;
        }

        return letter;
    }

    /// <summary>The letter that <paramref name="letter"/> and the combining mark make together.</summary>
    public static bool TryCompose(char letter, char mark, out char composed) => Compositions.TryGetValue((letter, mark), out composed);

    /// <summary>The one or two ASCII letters or digits that a code point beyond ASCII looks like, or an empty text.</summary>
    public static string LooksLike(int codePoint) => LookAlikes.GetValueOrDefault(codePoint, "");

    private static IEnumerable<string> Lines()
    {
        using var stream = typeof(Folds).Assembly.GetManifestResourceStream("PolicyGateway.Classification.Views.Folds.txt")
            ?? throw new InvalidOperationException("The resource Folds.txt is missing from the assembly.");
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
        {
            if (line.Length > 0 && line[0] != '#')
            {
                yield return line;
            }
        }
    }

    /// <summary>A line is "code point or first-last = code points"; a range counts up on both sides.</summary>
    private static (int First, int Last, string Text) Parse(string line)
    {
        var sides = line.Split('=');
        var range = sides[0].Split('-');
        var text = new StringBuilder();
        foreach (var codePoint in sides[1].Split(' '))
        {
            text.Append(char.ConvertFromUtf32(Hex(codePoint)));
        }

        return (Hex(range[0]), Hex(range[^1]), text.ToString());
    }

    private static string Advance(string text, int by) =>
        by == 0 ? text : char.ConvertFromUtf32(char.ConvertToUtf32(text, 0) + by);

    private static int Hex(string digits) => int.Parse(digits, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
