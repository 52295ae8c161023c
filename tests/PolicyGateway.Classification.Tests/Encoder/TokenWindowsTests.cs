using PolicyGateway.Classification.Encoder;

namespace PolicyGateway.Classification.Tests.Encoder;

public sealed class TokenWindowsTests(TheEncoder encoder) : IClassFixture<TheEncoder>
{
    private static readonly EncoderSpec Spec = new(MaxTokens: 32, ContextTokens: 8);

    [Theory]
    [InlineData(TextKind.Prompt, 1)]
    [InlineData(TextKind.Prompt, 30)]
    [InlineData(TextKind.Prompt, 31)]
    [InlineData(TextKind.Prompt, 500)]
    [InlineData(TextKind.Completion, 1)]
    [InlineData(TextKind.Completion, 500)]
    public void Windows_hold_every_token_in_order_and_share_some_with_the_one_before(TextKind kind, int words)
    {
        var text = string.Join(' ', Enumerable.Range(0, words).Select(static i => "word" + i));
        var tokens = encoder.Tokens(text);
        var windows = Cut(kind, text, "a question before it, of more than eight tokens in all");

        var read = new List<int>();
        foreach (var window in windows)
        {
            Assert.InRange(window.Length, 3, Spec.MaxTokens);
            Assert.Equal(EncoderSpec.Begin, window[0]);
            Assert.Equal(EncoderSpec.End, window[^1]);
            var own = window[(kind == TextKind.Completion ? Spec.ContextTokens + 2 : 1)..^1];
            var shared = read.Count == 0 ? 0 : (kind == TextKind.Completion ? 21 : 30) / 4;
            Assert.Equal(read.TakeLast(shared), own.Take(shared).Select(static token => (int)token));
            read.AddRange(own.Skip(shared).Select(static token => (int)token));
        }

        Assert.Equal(tokens, read);
    }

    [Fact]
    public void A_completion_stands_behind_the_end_of_its_prompt()
    {
        var window = Assert.Single(Cut(TextKind.Completion, "an answer", new string('x', 10_000) + " and what is it then"));

        Assert.Equal(encoder.Tokens("and what is it then").Select(static token => (long)token).TakeLast(5), window[(Spec.ContextTokens + 1 - 5)..(Spec.ContextTokens + 1)]);
        Assert.Equal(EncoderSpec.End, window[Spec.ContextTokens + 1]);
    }

    [Fact]
    public void Without_a_prompt_a_completion_stands_alone()
    {
        var prompt = Assert.Single(Cut(TextKind.Prompt, "an answer", ""));

        Assert.Equal(prompt, Assert.Single(Cut(TextKind.Completion, "an answer", "")));
    }

    [Fact]
    public void Nothing_is_one_empty_window() =>
        Assert.Equal([EncoderSpec.Begin, EncoderSpec.End], Assert.Single(Cut(TextKind.Prompt, "", "")));

    [Theory]
    [InlineData("word")]
    [InlineData("\uff37\uff4f\uff52\uff44")]
    [InlineData("\u8bcd\u8bed\uff0c")]
    public void Every_window_knows_where_in_the_text_it_stands(string word)
    {
        var text = "  " + string.Join(word[0] > 0x7000 && word[0] < 0xa000 ? "" : " ", Enumerable.Range(0, 300).Select(i => word + i)) + " \n";
        var windows = new TokenWindows(Spec, encoder.Tokenizer());
        var window = new long[Spec.MaxTokens];
        var end = 0;
        windows.Start(TextKind.Prompt, text, "", int.MaxValue);
        while (windows.Next(window) is var count and > 0)
        {
            var (from, to) = (windows.Characters.Start.Value, windows.Characters.End.Value);
            Assert.InRange(from, 0, end);
            Assert.InRange(to, end + 1, text.Length);

            // Cut out, they are the same tokens, but for the word that the cut may go through.
            var inside = encoder.Tokens(text[from..to]).Select(static token => (long)token).ToList();
            Assert.InRange(inside.Count, count - 2 - 3, count - 2 + 3);
            Assert.True(inside.Intersect(window[1..(count - 1)]).Count() * 10 >= inside.Distinct().Count() * 8);
            end = to;
        }

        Assert.Equal(text.Length, end);
    }

    private List<long[]> Cut(TextKind kind, string text, string prompt)
    {
        var windows = new TokenWindows(Spec, encoder.Tokenizer());
        var window = new long[Spec.MaxTokens];
        var all = new List<long[]>();
        windows.Start(kind, text, prompt, int.MaxValue);
        while (windows.Next(window) is var count and > 0)
        {
            all.Add(window[..count]);
        }

        Assert.Equal(all.Count, windows.Count);
        return all;
    }
}
