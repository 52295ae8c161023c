using System.Globalization;
using System.Text;

namespace PolicyGateway.Cli;

/// <summary>Text from outside, as a terminal or a page may be given it.</summary>
internal static class PlainText
{
    /// <summary>Control and format characters, which a terminal or a reader may obey, as question marks.</summary>
    public static string Of(string text) => string.Concat(text.EnumerateRunes().Select(static rune => Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator => "?",
        _ => rune.ToString(),
    }));

    /// <summary>The same of a name, whose end is left out where it is longer than names are.</summary>
    public static string OfName(string name, int longest) => Of(name.Length <= longest ? name : name[..(longest - 1)] + "…");
}
