using PolicyGateway.Classification.Views;

namespace PolicyGateway.Classification.Tests.Views;

public sealed class FoldsTests
{
    [Theory]
    [InlineData(0xff21, "A")]
    [InlineData(0x1d433, "z")]
    [InlineData(0xfb01, "fi")]
    [InlineData(0x2460, "1")]
    [InlineData(0x210c, "H")]
    [InlineData(0xff76, "カ")]
    [InlineData('e', "")]
    [InlineData(0x10ffff, "")]
    public void A_code_point_folds_as_NFKC_says(int codePoint, string expected)
    {
        Assert.Equal(expected, Folds.Fold(codePoint));
    }

    [Theory]
    [InlineData(0x0430, "a")]
    [InlineData(0x0435, "e")]
    [InlineData(0x03bf, "o")]
    [InlineData(0x0391, "A")]
    [InlineData(0xa4ee, "A")]
    [InlineData(0x0414, "")]
    public void A_letter_looks_as_the_table_of_confusables_says(int codePoint, string expected)
    {
        Assert.Equal(expected, Folds.LooksLike(codePoint));
    }

    [Fact]
    public void A_letter_and_a_mark_compose()
    {
        Assert.True(Folds.TryCompose('e', '\u0301', out var composed));
        Assert.Equal('é', composed);
        Assert.False(Folds.TryCompose('x', '\u0336', out _));
    }
}
