namespace PolicyGateway.Classification.Tests;

public sealed class ScoreCacheTests
{
    private static readonly Scores Known = new([0.5f], "encoder", "model", 1);

    [Fact]
    public void A_text_that_was_scored_is_known()
    {
        var cache = new ScoreCache(10);
        cache.Add(cache.KeyOf(Input("text")), Known);

        Assert.Same(Known, cache.TryGet(cache.KeyOf(Input("text"))));
    }

    [Fact]
    public void Another_text_kind_prompt_or_owner_is_not()
    {
        var cache = new ScoreCache(10);
        cache.Add(cache.KeyOf(Input("text", "prompt")), Known);

        Assert.Null(cache.TryGet(cache.KeyOf(Input("text ", "prompt"))));
        Assert.Null(cache.TryGet(cache.KeyOf(Input("text", "promp"))));
        Assert.Null(cache.TryGet(cache.KeyOf(Input("ttext", "promp"))));
        Assert.Null(cache.TryGet(cache.KeyOf(Input("text", "prompt") with { Kind = TextKind.Prompt })));
        Assert.Null(cache.TryGet(cache.KeyOf(Input("text", "prompt") with { Owner = "another" })));
    }

    [Fact]
    public void The_one_that_was_not_used_for_longest_goes()
    {
        var cache = new ScoreCache(2);
        cache.Add(cache.KeyOf(Input("one")), Known);
        cache.Add(cache.KeyOf(Input("two")), Known);
        cache.TryGet(cache.KeyOf(Input("one")));
        cache.Add(cache.KeyOf(Input("three")), Known);

        Assert.NotNull(cache.TryGet(cache.KeyOf(Input("one"))));
        Assert.Null(cache.TryGet(cache.KeyOf(Input("two"))));
        Assert.NotNull(cache.TryGet(cache.KeyOf(Input("three"))));
    }

    [Fact]
    public void Unknown_is_not_remembered()
    {
        var cache = new ScoreCache(2);
        cache.Add(cache.KeyOf(Input("one")), Scores.Unknown(UnknownReason.Deadline, "encoder", "model"));

        Assert.Null(cache.TryGet(cache.KeyOf(Input("one"))));
    }

    [Fact]
    public void Without_room_nothing_is_remembered()
    {
        var cache = new ScoreCache(0);
        cache.Add(cache.KeyOf(Input("one")), Known);

        Assert.Null(cache.TryGet(cache.KeyOf(Input("one"))));
    }

    private static ClassifierInput Input(string text, string prompt = "") =>
        new(TextKind.Completion, text.AsMemory(), prompt.AsMemory()) { Owner = "owner" };
}
