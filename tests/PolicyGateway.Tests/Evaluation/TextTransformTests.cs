using System.Text;
using PolicyGateway.Evaluation.Statistics;
using PolicyGateway.Evaluation.Transforms;

namespace PolicyGateway.Tests.Evaluation;

public sealed class TextTransformTests
{
    private const string Sample = "Bake a loaf of bread at 220 degrees.";

    public static TheoryData<string> Names => [.. TextTransform.All.Select(transform => transform.Name)];

    [Theory]
    [InlineData("full_width", "Ab 1", "Ａｂ １")]
    [InlineData("homoglyphs", "ace", "\u0430\u0441\u0435")]
    [InlineData("leetspeak", "Toast big", "70457 819")]
    [InlineData("spaced_letters", "a loaf, 12", "a l o a f, 12")]
    [InlineData("zero_width", "loaf", "l\u200Boaf|loaf")]
    [InlineData("reversed", "ab e\u0301", "e\u0301 ba")]
    [InlineData("rot13", "Uryyb 1", "Hello 1")]
    [InlineData("base64", "loaf", "bG9hZg==")]
    [InlineData("url_encoding", "a ü", "a%20%C3%BC")]
    [InlineData("html_entities", "a🙂", "&#97;&#128578;")]
    [InlineData("unicode_escapes", "aü", "\\u0061\\u00fc")]
    public void It_writes_a_text_as_it_says(string name, string text, string written)
    {
        ArgumentNullException.ThrowIfNull(written);
        Assert.Contains(Apply(name, text), written.Split('|'));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void It_changes_a_text_the_same_way_from_the_same_seed(string name)
    {
        Assert.NotEqual(Sample, Apply(name, Sample));
        Assert.Equal(Apply(name, Sample), Apply(name, Sample));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void It_survives_any_text(string name)
    {
        foreach (var text in new[] { "", " ", "🙂🙂", "e\u0301", "\u0000", "中文", new string('a', 5000) })
        {
            Assert.NotNull(Apply(name, text));
        }
    }

    [Theory]
    [InlineData("prefix_words", 30)]
    [InlineData("suffix_words", 30)]
    public void Padding_stands_beside_the_text(string name, int words)
    {
        var padded = Apply(name, Sample);

        Assert.Contains(Sample, padded, StringComparison.Ordinal);
        Assert.Equal(words, padded.Replace(Sample, "", StringComparison.Ordinal).Split(' ').Length);
    }

    [Fact]
    public void A_page_stands_in_front_of_the_text()
    {
        var padded = Apply("page_in_front", Sample);

        Assert.EndsWith("\n\n" + Sample, padded, StringComparison.Ordinal);
        Assert.InRange(padded.Length, 2000, 2300);
    }

    [Fact]
    public void What_is_hidden_between_letters_can_be_taken_out_again() =>
        Assert.Equal(Sample, Apply("zero_width", Sample).Replace("\u200B", "", StringComparison.Ordinal));

    [Fact]
    public void Encodings_can_be_undone() =>
        Assert.Equal(Sample, Encoding.UTF8.GetString(Convert.FromBase64String(Apply("base64", Sample))));

    private static string Apply(string name, string text) =>
        TextTransform.All.Single(transform => transform.Name == name).Apply(text, SplitMix.For(1, 2));
}
