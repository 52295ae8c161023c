using PolicyGateway.Classification.Views;

namespace PolicyGateway.Classification.Tests.Views;

public sealed class PleasantriesTests
{
    [Theory]
    [InlineData("How do I keep tomatoes alive? Thank you!", "How do I keep tomatoes alive?")]
    [InlineData("Hello there! How do I keep tomatoes alive?", "How do I keep tomatoes alive?")]
    [InlineData("Hi.\nHello there! How do I keep tomatoes alive?\n\nThanks.\nHave a lovely day.", "How do I keep tomatoes alive?")]
    [InlineData("\u4f60\u597d\u3002 one two three four five", "one two three four five")]
    public void Short_sentences_at_either_end_go(string text, string rest) =>
        Assert.Equal(rest, Pleasantries.Without(text.AsMemory()).ToString());

    [Theory]
    [InlineData("")]
    [InlineData("Thank you!")]
    [InlineData("Hi. Thanks. Bye.")]
    [InlineData("How do I keep tomatoes alive in a small garden?")]
    [InlineData("  How do I keep tomatoes alive in a small garden?  ")]
    [InlineData("This is a sentence of some length. And so is this one here.")]
    public void Nothing_else_does(string text) => Assert.Equal(text, Pleasantries.Without(text.AsMemory()).ToString());

    [Fact]
    public void Thanks_after_a_long_text_stay_for_they_dilute_nothing()
    {
        var text = string.Concat(Enumerable.Repeat("How do I keep tomatoes alive in a small garden? ", 8)) + "Thank you!";

        Assert.Equal(text, Pleasantries.Without(text.AsMemory()).ToString());
    }

    [Fact]
    public void A_megabyte_of_short_sentences_takes_no_time_to_speak_of() =>
        Assert.InRange(Pleasantries.Without(string.Concat(Enumerable.Repeat("Hi. ", 250_000)).AsMemory()).Length, 900_000, 1_000_000);
}
