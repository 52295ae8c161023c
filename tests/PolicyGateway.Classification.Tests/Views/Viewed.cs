using PolicyGateway.Classification.Views;

namespace PolicyGateway.Classification.Tests.Views;

/// <summary>Short ways to ask for views.</summary>
internal static class Viewed
{
    public static IReadOnlyList<string> Names(string raw) => [.. TextViews.Of(raw, ViewLimits.Default).Select(view => view.Name)];

    public static TextView View(string raw, string name)
    {
        var views = TextViews.Of(raw, ViewLimits.Default);
        return Assert.Single(views, view => view.Name == name);
    }

    public static string Text(string raw, string name) => View(raw, name).Text;

    public static string Tags(string text) => string.Concat(text.Select(c => char.ConvertFromUtf32(0xE0000 + c)));

    /// <summary>Letters shifted along the alphabet, as a Caesar cipher does; the rest stays.</summary>
    public static string Shift(string text, int by) => Letters(text, (letter, _) => (letter + by) % 26);

    /// <summary>Replaces ASCII letters by what <paramref name="read"/> makes of their index, from 0, and place.</summary>
    public static string Letters(string text, Func<int, int, int> read)
    {
        var place = 0;
        return string.Concat(text.Select(c => char.IsAsciiLetter(c)
            ? (char)((c & ~0x1f) + 1 + read((c & 0x1f) - 1, place++))
            : c));
    }
}
