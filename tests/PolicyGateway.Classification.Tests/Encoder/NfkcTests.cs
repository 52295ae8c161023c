using PolicyGateway.Classification.Encoder;

namespace PolicyGateway.Classification.Tests.Encoder;

public sealed class NfkcTests
{
    [Theory]
    [InlineData("plain text", "plain text")]
    [InlineData("\ufb01le", "file")]
    [InlineData("\u2460\u00bd", "11\u20442")]
    [InlineData("\uff21\uff42\uff11", "Ab1")]
    [InlineData("\uff76\uff9e", "\u30ac")]
    [InlineData("e\u0301", "\u00e9")]
    [InlineData("\u1e9b\u0323", "\u1e69")]
    [InlineData("q\u0323\u0307", "q\u0323\u0307")]
    [InlineData("q\u0307\u0323", "q\u0323\u0307")]
    [InlineData("\u1112\u1161\u11ab\u1100\u1173\u11af", "\ud55c\uae00")]
    [InlineData("\ud55c\uae00", "\ud55c\uae00")]
    [InlineData("\u2126\u212b", "\u03a9\u00c5")]
    [InlineData("\u0958", "\u0915\u093c")]
    [InlineData("\ud835\udc07\ud835\udc22", "Hi")]
    [InlineData("a\u00a0b", "a b")]
    [InlineData("\ufdfa", "\u0635\u0644\u0649 \u0627\u0644\u0644\u0647 \u0639\u0644\u064a\u0647 \u0648\u0633\u0644\u0645")]
    public void A_text_becomes_what_the_standard_says(string text, string expected) =>
        Assert.Equal(expected, Nfkc.Normalize(text));

    [Fact]
    public void Half_a_surrogate_pair_becomes_the_replacement_character() =>
        Assert.Equal("a\ufffdb\ufffd", Nfkc.Normalize("a\ud800b\udc00"));

    [Fact]
    public void What_is_normal_stays_and_joining_normal_stretches_at_a_space_is_normal()
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        for (var round = 0; round < 300; round++)
        {
            var (left, right) = (Noise(random), Noise(random));
            var normal = Nfkc.Normalize(left);
            Assert.True(normal == Nfkc.Normalize(normal), $"Seed {seed}, round {round}: the normal form is not its own normal form.");
            Assert.True(
                Nfkc.Normalize($"{left} {right}") == $"{normal} {Nfkc.Normalize(right)}", $"Seed {seed}, round {round}: a space does not part the text.");
        }
    }

    [Fact]
    public void A_hundred_thousand_marks_on_one_letter_are_ordered_at_once()
    {
        var marks = string.Concat(Enumerable.Range(0, 50_000).Select(static i => i % 2 == 0 ? "\u0301" : "\u0323"));

        var normal = Nfkc.Normalize("a" + marks);

        Assert.StartsWith("\u1ea1\u0323", normal, StringComparison.Ordinal);
        Assert.Equal(50_000, normal.Length);
    }

    private static string Noise(Random random) => string.Concat(Enumerable.Range(0, random.Next(1, 40)).Select(_ => random.Next(6) switch
    {
        0 => char.ConvertFromUtf32(random.Next(0x300, 0x370)),
        1 => char.ConvertFromUtf32(random.Next(0x1100, 0x11FF)),
        2 => char.ConvertFromUtf32(random.Next(0xF900, 0xFFF0)),
        3 => char.ConvertFromUtf32(random.Next(0x1D400, 0x1D800)),
        4 => char.ConvertFromUtf32(random.Next(0xA0, 0x2FF)),
        _ => char.ConvertFromUtf32(random.Next(0x21, 0x7F)),
    }));
}
