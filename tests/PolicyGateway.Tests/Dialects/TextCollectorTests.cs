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
        Assert.InRange(collected.Length, 1, 5_000);
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
}
