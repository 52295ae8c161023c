using System.Text;
using PolicyGateway.Classification.Views;

namespace PolicyGateway.Classification.Tests.Views;

/// <summary>Sentences that run backwards, and texts that were disguised in two ways.</summary>
public sealed class TwiceDisguisedTests
{
    [Theory]
    [InlineData("Where do we meet, and when?")]
    [InlineData("Have you seen the notes of the meeting yet?")]
    [InlineData("How do I keep the garden watered in a dry week?")]
    public void A_short_sentence_that_is_written_backwards_is_read(string sentence) =>
        Assert.Equal(sentence, Viewed.Text(string.Concat(sentence.Reverse()), ViewNames.Reversed));

    [Theory]
    [InlineData("?Was that a car or a cat I saw")]
    [InlineData(".net is on top of the list, and so is the rest of it")]
    [InlineData("Xylophones whizz by foxy crypts; myth lynx jinx, pyx, qoph.")]
    public void A_sentence_that_is_odd_and_runs_forwards_is_left_alone(string sentence) =>
        Assert.DoesNotContain(ViewNames.Reversed, Viewed.Names(sentence));

    public static TheoryData<string> Coded => new(
        Convert.ToHexString("the notes of the meeting"u8),
        string.Concat("the notes of the meeting".Select(static c => $"%{(int)c:X2}")),
        string.Concat("the notes of the meeting".Select(static c => $"&#{(int)c};")),
        string.Concat("the notes of the meeting".Select(static c => $"\\u{(int)c:x4}")),
        string.Join('\u200b', "the notes of the meeting".ToCharArray()),
        "tHe NoTeS oF tHe MeEtInG",
        "t h e  n o t e s  o f  t h e  m e e t i n g");

    [Theory]
    [MemberData(nameof(Coded))]
    public void What_was_disguised_before_it_was_packed_is_read(string coded) =>
        Assert.Equal("the notes of the meeting", Viewed.Text(Convert.ToBase64String(Encoding.UTF8.GetBytes(coded)), ViewNames.Decoded), ignoreCase: true);
}
