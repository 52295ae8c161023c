using System.Text;
using PolicyGateway.Evaluation.Statistics;

namespace PolicyGateway.Evaluation.Transforms;

/// <summary>Transforms that change how letters are written and leave them in their places.</summary>
internal static class Spellings
{
    private const char ZeroWidthSpace = '\u200B';

    // Each letter of ASCII, and the Cyrillic or Greek one with its looks; escaped, since no reader could tell them apart.
    private const string Latin = "aceijopsxyABCEHIKMOPTXY";
    private const string LooksLike =
        "\u0430\u0441\u0435\u0456\u0458\u043E\u0440\u0455\u0445\u0443"
        + "\u0410\u0412\u0421\u0415\u041D\u0406\u041A\u041C\u041E\u0420\u0422\u0425\u03A5";

    public static string ZeroWidth(string text, SplitMix random)
    {
        var result = new StringBuilder(text.Length + (text.Length / 4));
        var first = random.Next(2);
        var word = 0;
        for (var i = 0; i < text.Length; i++)
        {
            var startsInWord = i > 0 && char.IsLetter(text[i - 1]) && char.IsLetter(text[i]);
            var isSecondOfWord = startsInWord && (i == 1 || !char.IsLetter(text[i - 2]));
            if (isSecondOfWord && word++ % 2 == first)
            {
                result.Append(ZeroWidthSpace);
            }

            result.Append(text[i]);
        }

        return result.ToString();
    }

    public static string FullWidth(string text) =>
        Map(text, c => char.IsAsciiLetterOrDigit(c) ? (char)(c + 0xFEE0) : c);

    public static string Homoglyphs(string text) =>
        Map(text, c => Latin.IndexOf(c, StringComparison.Ordinal) is >= 0 and var at ? LooksLike[at] : c);

    public static string Leetspeak(string text) => Map(text, c => char.ToLowerInvariant(c) switch
    {
        'a' => '4',
        'e' => '3',
        'i' => '1',
        'o' => '0',
        's' => '5',
        't' => '7',
        'b' => '8',
        'g' => '9',
        _ => c,
    });

    public static string SpacedLetters(string text)
    {
        var result = new StringBuilder(2 * text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (i > 0 && char.IsLetter(text[i - 1]) && char.IsLetter(text[i]))
            {
                result.Append(' ');
            }

            result.Append(text[i]);
        }

        return result.ToString();
    }

    public static string CaseSwaps(string text, SplitMix random) => Map(text, c =>
        !char.IsLetter(c) || random.Next(2) == 0 ? c
        : char.IsUpper(c) ? char.ToLowerInvariant(c)
        : char.ToUpperInvariant(c));

    private static string Map(string text, Func<char, char> map) => string.Create(text.Length, (text, map), static (span, state) =>
    {
        for (var i = 0; i < span.Length; i++)
        {
            span[i] = state.map(state.text[i]);
        }
    });
}
