namespace PolicyGateway.Classification.Views;

/// <summary>Another reading of a text, made because the raw text may hide what it says.</summary>
/// <param name="Name">Which transform made it, one of <see cref="ViewNames"/>.</param>
/// <param name="Text">The text as read.</param>
/// <param name="Offsets">Leads from <paramref name="Text"/> back to the raw text.</param>
internal sealed record TextView(string Name, string Text, OffsetMap Offsets);

/// <summary>The names of all views, in the order in which <see cref="TextViews"/> gives them.</summary>
internal static class ViewNames
{
    public const string Normalised = "normalised";
    public const string LowerCase = "lower-case";
    public const string Leetspeak = "leetspeak";
    public const string Joined = "joined";
    public const string Decoded = "decoded";
    public const string Shifted = "shifted";
    public const string Reversed = "reversed";
    public const string ReversedWords = "reversed-words";
    public const string Homophones = "homophones";
    public const string Collapsed = "collapsed";
}
