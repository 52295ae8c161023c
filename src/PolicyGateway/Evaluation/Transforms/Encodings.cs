using System.Globalization;
using System.Text;

namespace PolicyGateway.Evaluation.Transforms;

/// <summary>Transforms that a reader has to undo first. A classifier of n-grams is not expected to read most of them.</summary>
internal static class Encodings
{
    /// <summary>By grapheme, so that what is read backwards is still made of whole characters.</summary>
    public static string Reversed(string text)
    {
        var graphemes = new List<string>();
        for (var elements = StringInfo.GetTextElementEnumerator(text); elements.MoveNext();)
        {
            graphemes.Add(elements.GetTextElement());
        }

        graphemes.Reverse();
        return string.Concat(graphemes);
    }

    public static string Rot13(string text) => string.Concat(text.Select(c => c switch
    {
        >= 'a' and <= 'z' => (char)('a' + ((c - 'a' + 13) % 26)),
        >= 'A' and <= 'Z' => (char)('A' + ((c - 'A' + 13) % 26)),
        _ => c,
    }));

    public static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    public static string UrlEncoding(string text) => Uri.EscapeDataString(text);

    public static string HtmlEntities(string text)
    {
        var result = new StringBuilder(6 * text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            result.Append(CultureInfo.InvariantCulture, $"&#{rune.Value};");
        }

        return result.ToString();
    }

    public static string UnicodeEscapes(string text)
    {
        var result = new StringBuilder(6 * text.Length);
        foreach (var unit in text)
        {
            result.Append(CultureInfo.InvariantCulture, $"\\u{(int)unit:x4}");
        }

        return result.ToString();
    }
}
