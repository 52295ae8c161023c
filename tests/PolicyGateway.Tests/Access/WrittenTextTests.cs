using PolicyGateway.Access;

namespace PolicyGateway.Tests.Access;

/// <summary>What people write is shown to others: it reads as it is written, in every language.</summary>
public sealed class WrittenTextTests
{
    [Theory]
    [InlineData("Red team 2031", true, true)]
    [InlineData("חקירה", true, true)]
    [InlineData("𠮷野家 👩\u200d🔬", true, true)]
    [InlineData("می\u200cخواهم", true, true)]
    [InlineData("שלום \u200fABC", false, true)]
    [InlineData("two\nlines", false, true)]
    [InlineData("two\u2028lines", false, false)]
    [InlineData("two\u2029lines", false, false)]
    [InlineData("turned \u202egnp.exe", false, false)]
    [InlineData("turned \u2067x", false, false)]
    [InlineData("\ufeffunseen", false, false)]
    [InlineData("un\u200bseen", false, false)]
    [InlineData("bell\u0007", false, false)]
    [InlineData(" \t ", false, false)]
    [InlineData(null, false, false)]
    public void A_text_holds_nothing_that_makes_it_read_otherwise(string? text, bool isLine, bool isText)
    {
        Assert.Equal((isLine, isText), (WrittenText.CheckLine("project", text) is null, WrittenText.CheckText("purpose", text) is null));
        Assert.All([WrittenText.CheckLine("project", text), WrittenText.CheckText("purpose", text)], static fault => Assert.True(fault is null or { Status: 422 }, $"{fault}"));
    }

    [Fact]
    public void Half_a_character_is_none() =>
        Assert.All(["half \ud83d", "\udd2c half"], static text => Assert.NotNull(WrittenText.CheckText("purpose", text)));
}
