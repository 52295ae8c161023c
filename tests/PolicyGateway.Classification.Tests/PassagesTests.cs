namespace PolicyGateway.Classification.Tests;

public sealed class PassagesTests
{
    [Fact]
    public void A_text_of_sentences_is_cut_into_them()
    {
        var sentence = string.Join(' ', Enumerable.Repeat("Tomatoes want sun and water", 4)) + ".";
        var cut = Cut(string.Join(' ', Enumerable.Repeat(sentence, 5)), most: 40);

        Assert.Equal(5, cut.Count);
        Assert.All(cut, passage => Assert.Equal(sentence, passage.TrimEnd()));
    }

    [Fact]
    public void A_short_text_is_cut_into_a_few_words_each()
    {
        var cut = Cut("how do I keep tomatoes alive in a small garden on a balcony in the north", most: 40);

        Assert.Equal(["how do I keep tomatoes alive in ", "a small garden on a balcony in ", "the north"], cut);
    }

    [Fact]
    public void Sentences_end_where_they_end_in_any_script()
    {
        Assert.Equal(
            ["请问怎样才能在阳台上种番茄？", "我住在北方，冬天很冷。", "另外，我想用他的网络看电影。"],
            Cut("请问怎样才能在阳台上种番茄？我住在北方，冬天很冷。另外，我想用他的网络看电影。", most: 40));
        Assert.Equal(["Is it web.config? ", "Yes. ", "And then?"], Cut("Is it web.config? Yes. And then?", most: 40));
    }

    public static TheoryData<string> OddTexts => new(
        "", " \n\t ", "x", new string('x', 10_000), string.Concat(Enumerable.Repeat("\ud83d\ude00", 3_000)), new string('\n', 5_000) + "a",
        "。" + new string('字', 3_999), "\ud800\ud800\ud800", string.Concat(Enumerable.Repeat("a.\n\n", 1_000)), new string('.', 4_000), "word " + new string(' ', 4_000));

    [Theory]
    [MemberData(nameof(OddTexts))]
    public void Passages_are_the_whole_text_few_and_no_character_is_cut(string text)
    {
        foreach (var most in new[] { 1, 2, 7, 40 })
        {
            var cut = Cut(text, most);

            Assert.Equal(text, string.Concat(cut));
            Assert.InRange(cut.Count, Math.Min(text.Length, 1), most);
            Assert.DoesNotContain(cut, passage => char.IsHighSurrogate(passage[^1]) && cut.SkipWhile(other => !ReferenceEquals(other, passage)).Skip(1).Any(next => char.IsLowSurrogate(next[0])));
            Assert.True(cut.Count == 1 || cut.TrueForAll(static passage => !string.IsNullOrWhiteSpace(passage)));
        }
    }

    private static List<string> Cut(string text, int most) => [.. Passages.Of(text, most).Select(range => text[range])];
}
