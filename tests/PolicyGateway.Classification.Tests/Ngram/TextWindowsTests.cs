using PolicyGateway.Classification.Ngram;

namespace PolicyGateway.Classification.Tests.Ngram;

public sealed class TextWindowsTests
{
    private const int Size = 100;
    private const int Overlap = 24;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(99)]
    [InlineData(100)]
    [InlineData(101)]
    [InlineData(5000)]
    public void Every_character_lies_in_a_window_and_neighbours_overlap(int length)
    {
        foreach (var text in new[] { new string('x', length), Words(length), Emoji(length) })
        {
            var covered = 0;
            var windows = new TextWindows(text, Size, Overlap);
            while (windows.MoveNext())
            {
                var (start, taken) = windows.CurrentRange.GetOffsetAndLength(text.Length);
                Assert.InRange(taken, 0, Size);
                Assert.True(windows.Count == 1 ? start == 0 : start <= covered - Overlap, $"window {windows.Count} starts at {start}, after {covered}");
                Assert.True(start + taken > covered || length == 0, "a window adds nothing");
                covered = start + taken;
            }

            Assert.Equal(length, covered);
        }
    }

    [Fact]
    public void A_surrogate_pair_is_never_parted()
    {
        var windows = new TextWindows(Emoji(5001), Size, Overlap);
        while (windows.MoveNext())
        {
            Assert.False(char.IsLowSurrogate(windows.Current[0]));
        }
    }

    [Fact]
    public void A_text_that_fits_is_one_window()
    {
        var windows = new TextWindows("short", Size, Overlap);

        Assert.True(windows.MoveNext());
        Assert.Equal("short", windows.Current.ToString());
        Assert.False(windows.MoveNext());
    }

    private static string Words(int length) => string.Concat(Enumerable.Repeat("some words ", (length / 11) + 1))[..length];

    private static string Emoji(int length) => string.Concat("x", string.Concat(Enumerable.Repeat("\ud83d\ude00", (length / 2) + 1)))[..length];
}
