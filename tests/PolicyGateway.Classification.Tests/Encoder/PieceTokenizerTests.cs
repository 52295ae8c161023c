using System.Diagnostics;
using PolicyGateway.Classification.Encoder;

namespace PolicyGateway.Classification.Tests.Encoder;

public sealed class PieceTokenizerTests(TheEncoder encoder) : IClassFixture<TheEncoder>
{
    [Fact]
    public void Every_known_text_is_cut_token_for_token_as_in_training()
    {
        var windows = new TokenWindows(encoder.Bundle.Manifest.Encoder, encoder.Tokenizer());
        var window = new long[encoder.Bundle.Manifest.Encoder.MaxTokens];

        Assert.Equal(100, encoder.Bundle.Vectors.Length);
        Assert.Contains(encoder.Bundle.Vectors, static vector => vector.TextKind == TextKind.Completion);
        Assert.All(encoder.Bundle.Vectors, vector =>
        {
            windows.Start(vector.TextKind, vector.Text, vector.Prompt, int.MaxValue);
            var count = windows.Next(window);
            Assert.Equal(vector.Tokens.Select(static token => (long)token), window[..count]);
            Assert.Equal(0, windows.Next(window));
        });
    }

    [Theory]
    [InlineData("<s>")]
    [InlineData("</s> and on")]
    [InlineData("before<pad>after <unk> <mask>")]
    public void A_text_cannot_spell_a_special_token(string text) =>
        Assert.DoesNotContain(encoder.Tokens(text), token => token is EncoderSpec.Begin or EncoderSpec.Padding or EncoderSpec.End || token == encoder.Bundle.Pieces.Count - 1);

    [Theory]
    [InlineData("two words", "two \t\n\u3000 words")]
    [InlineData("two words", "  two words")]
    [InlineData("two words", "\uff54\uff57\uff4f words")]
    [InlineData("\u2581two words", "two\u2581words")]
    public void White_space_and_width_do_not_matter(string one, string other) =>
        Assert.Equal(encoder.Tokens(one), encoder.Tokens(other));

    [Fact]
    public void White_space_at_the_end_is_a_space_before_nothing()
    {
        var tokens = encoder.Tokens("two words ");

        Assert.Equal(encoder.Tokens("two words"), tokens[..^1]);
        Assert.Equal(encoder.Tokens(" "), tokens[^1..]);
    }

    [Fact]
    public void Nothing_is_no_token() => Assert.Empty(encoder.Tokens(""));

    [Fact]
    public void Characters_outside_every_piece_are_one_unknown_token_in_a_row()
    {
        var tokens = encoder.Tokens("\ud808\udf45\ud808\udf46\ud808\udf47");

        Assert.Single(tokens, EncoderSpec.Unknown);
        Assert.Equal(EncoderSpec.Unknown, tokens[^1]);
    }

    [Fact]
    public void Odd_characters_are_cut_like_any_other()
    {
        // Not as data of a theory: half a surrogate pair would not get there.
        string[] odd = ["\ud800", "a\udc00b", "\0\0\0", "\u202e\u200b\ufeff"];

        Assert.All(odd, text =>
        {
            Assert.NotEmpty(encoder.Tokens(text));
            Assert.All(encoder.Tokens(text), token => Assert.InRange(token, EncoderSpec.Unknown, encoder.Bundle.Pieces.Count - 1));
        });
    }

    [Theory]
    [InlineData("x")]
    [InlineData("\u0301")]
    [InlineData("\ud83d\ude00")]
    [InlineData("\u4e00")]
    [InlineData("a ")]
    public void A_million_characters_take_time_in_proportion(string unit)
    {
        encoder.Tokens(Repeat(unit, 200_000));
        var short_ = Time(Repeat(unit, 100_000));
        var long_ = Time(Repeat(unit, 1_000_000));

        Assert.True(long_ < (40 * short_) + TimeSpan.FromSeconds(1), $"100,000 characters took {short_}, ten times as many {long_}.");
    }

    [Fact]
    public void It_stops_soon_after_as_many_tokens_as_are_wanted()
    {
        var tokens = new List<int>();
        encoder.Tokenizer().Encode(Repeat("word ", 100_000), tokens, most: 50);

        Assert.InRange(tokens.Count, 50, 60);
    }

    private TimeSpan Time(string text)
    {
        var start = Stopwatch.GetTimestamp();
        Assert.NotEmpty(encoder.Tokens(text));
        return Stopwatch.GetElapsedTime(start);
    }

    private static string Repeat(string unit, int characters) => string.Concat(Enumerable.Repeat(unit, characters / unit.Length));
}
