using PolicyGateway.Dialects;

namespace PolicyGateway.Tests.Dialects;

public sealed class TextCollectorTests
{
    [Fact]
    public void A_body_of_very_many_texts_costs_a_bounded_number_of_judgements_and_hides_nothing()
    {
        var texts = new TextCollector();
        for (var i = 0; i < 50_000; i++)
        {
            texts.Add(i, new ChannelKey(1), "a");
        }

        texts.Add(50_000, new ChannelKey(1), "NEEDLE");

        var collected = texts.ToTexts();
        Assert.InRange(collected.Count, 1, 5_000);
        Assert.Contains(collected, text => text.Contains("NEEDLE", StringComparison.Ordinal));
        Assert.True(texts.HasUnclassified);
    }

    [Fact]
    public void A_long_conversation_is_within_the_bound()
    {
        var texts = new TextCollector();
        for (var i = 0; i < 2_000; i++)
        {
            texts.Add(i, new ChannelKey(1), "a");
        }

        Assert.False(texts.HasUnclassified);
    }

    [Fact]
    public void A_long_conversation_is_judged_little_more_than_once()
    {
        var texts = new TextCollector();
        for (var i = 0; i < 20; i++)
        {
            texts.Add(i, new ChannelKey(1), new string('a', 50_000));
            texts.Add(i, new ChannelKey(2), new string('b', 50_000));
        }

        Assert.InRange(texts.ToTexts().Sum(static text => text.Length), 2_000_000, 2_400_000);
        Assert.Equal(2_000_000 + 39, texts.ToTexts().Whole.Length);
    }

    [Fact]
    public void A_phrase_that_is_cut_between_neighbours_stands_whole_in_one_text()
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        for (var round = 0; round < 300; round++)
        {
            var phrase = string.Concat(Enumerable.Range(0, 100).Select(i => $"{i:00}"));
            var pieces = random.Next(2, 6);
            var texts = new TextCollector();
            var kind = random.Next(3);
            for (int piece = 0, start = 0; piece < pieces; piece++)
            {
                var end = piece == pieces - 1 ? phrase.Length : random.Next(start, phrase.Length);
                var text = (piece == 0 ? Noise() : "") + phrase[start..end] + (piece == pieces - 1 ? Noise() : "");
                start = end;

                // Messages; parts of one message; tool calls whose names stand between their arguments.
                texts.Add(kind == 0 ? piece : 0, new ChannelKey(1, kind == 0 ? 0 : piece), text);
                if (kind == 2)
                {
                    texts.Add(0, new ChannelKey(2, piece), "a_name");
                }
            }

            Assert.True(
                texts.ToTexts().Any(text => text.Contains(phrase, StringComparison.Ordinal)), $"Seed {seed}, round {round}: {pieces} pieces of kind {kind}.");
        }

        string Noise() => new('x', random.Next(2) * random.Next(10_000));
    }
}
