using System.Collections.Immutable;
using PolicyGateway.Evaluation.Statistics;

namespace PolicyGateway.Evaluation.Transforms;

/// <summary>One way to write a text differently without changing what a patient reader, or a model, takes from it.</summary>
/// <param name="Name">Its name in reports.</param>
/// <param name="Description">What it does, in a few words.</param>
/// <param name="Apply">The transform; what it leaves to chance it draws from the numbers that it is given.</param>
internal sealed record TextTransform(string Name, string Description, Func<string, SplitMix, string> Apply)
{
    /// <summary>A transform that leaves nothing to chance.</summary>
    private TextTransform(string name, string description, Func<string, string> apply)
        : this(name, description, (text, _) => apply(text))
    {
    }

    /// <summary>Every transform, in the order of the report.</summary>
    public static readonly ImmutableArray<TextTransform> All =
    [
        new("zero_width", "a zero-width space inside every second word", Spellings.ZeroWidth),
        new("full_width", "Latin letters and digits in their full-width forms", Spellings.FullWidth),
        new("homoglyphs", "Latin letters replaced by Cyrillic and Greek ones that look alike", Spellings.Homoglyphs),
        new("leetspeak", "vowels and some consonants as digits and signs", Spellings.Leetspeak),
        new("spaced_letters", "a space between any two letters of a word", Spellings.SpacedLetters),
        new("case_swaps", "the case of about every second letter turned round", Spellings.CaseSwaps),
        new("reversed", "from the last character to the first", Encodings.Reversed),
        new("rot13", "each Latin letter moved on by thirteen", Encodings.Rot13),
        new("base64", "the UTF-8 bytes in Base64", Encodings.Base64),
        new("url_encoding", "percent-encoded", Encodings.UrlEncoding),
        new("html_entities", "each character as a numeric HTML entity", Encodings.HtmlEntities),
        new("unicode_escapes", "each UTF-16 unit as \\uXXXX", Encodings.UnicodeEscapes),
        new("prefix_words", "30 benign words in front", Padding.PrefixWords),
        new("suffix_words", "30 benign words behind", Padding.SuffixWords),
        new("page_in_front", "a page of benign text, about 2,000 characters, in front", Padding.PageInFront),
    ];
}
