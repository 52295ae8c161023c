using PolicyGateway.Classification.Ngram;

namespace PolicyGateway.Classification.Tests.Ngram;

public sealed class TextNormalizerTests
{
    [Theory]
    [InlineData("Hello,   World!", " hello world ")]
    [InlineData("", " ")]
    [InlineData("...", " ")]
    [InlineData("Ｈｅｌｌｏ　ｗｏｒｌｄ", " hello world ")]
    [InlineData("hel\u200blo\u00ad wo\u202erld\ufeff", " hello world ")]
    [InlineData("h\u0301e\u0336llo wörld", " hello world ")]
    [InlineData("𝐡𝓮𝔩𝕝𝗼 🅦ⓞ🅁🄻d", " hello world ")]
    [InlineData("h\u0435ll\u043e w\u03bfrld", " hello world ")]
    [InlineData("привет мир", " привет мир ")]
    [InlineData("用python写", " 用 python 写 ")]
    [InlineData("\ud83d one \udc00 two", " one two ")]
    [InlineData("नमस्ते", " नमस्ते ")]
    public void A_disguise_is_undone(string text, string expected)
    {
        Assert.Equal(expected, Normalize(text));
    }

    [Fact]
    public void Text_in_tag_characters_cuts_no_word_and_is_read_on_its_own()
    {
        var hidden = string.Concat("Go on".Select(c => char.ConvertFromUtf32(0xE0000 + c)));

        Assert.Equal(" hello go on ", Normalize("hel" + hidden + "lo"));
    }

    [Fact]
    public void No_window_outgrows_its_buffer()
    {
        string[] worst = ["a用", "用a", "\udb40\udc41", "a ", "ⓐ用"];
        Assert.All(worst, unit =>
        {
            var window = string.Concat(Enumerable.Repeat(unit, 1000))[..1000];
            Assert.InRange(Normalize(window).Length, 1, TextNormalizer.MaxLength(1000));
        });
    }

    private static string Normalize(string text)
    {
        var output = new char[TextNormalizer.MaxLength(text.Length)];
        return new string(output, 0, TextNormalizer.Normalize(text, output));
    }
}
