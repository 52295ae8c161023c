using Microsoft.Extensions.Time.Testing;
using PolicyGateway.State;

namespace PolicyGateway.Tests.State;

/// <summary>What every store keeps to.</summary>
public abstract class StateStoreContract
{
    private static readonly StateTag Ada = new("holder", "ada");
    private static readonly StateTag Bob = new("holder", "bob");

    internal FakeTimeProvider Clock { get; } = new(new DateTimeOffset(2031, 5, 1, 12, 0, 0, TimeSpan.Zero));

    internal abstract IStateStore Store { get; }

    [Fact]
    public async Task What_was_written_is_found_again_with_its_version()
    {
        Assert.True(await WriteAsync(New("a", "1")));
        Assert.True(await WriteAsync(New("a", "2") with { Expected = 1 }));

        Assert.Equal(new StateRecord("grant", "a", 2, "2"), await FindAsync("a"));
    }

    [Fact]
    public async Task Of_two_who_change_one_version_the_second_is_told()
    {
        await WriteAsync(New("a", "1"));
        Assert.True(await WriteAsync(New("a", "first") with { Expected = 1 }));

        Assert.False(await WriteAsync(New("a", "second") with { Expected = 1 }));
        Assert.False(await WriteAsync(New("a", "new")));

        Assert.Equal("first", (await FindAsync("a"))!.Json);
    }

    [Fact]
    public async Task All_of_a_write_happens_or_nothing()
    {
        await WriteAsync(New("a", "1"));

        Assert.False(await WriteAsync(New("b", "1"), New("a", "new")));

        Assert.Null(await FindAsync("b"));
    }

    [Fact]
    public async Task A_removed_record_is_gone_with_its_tags_and_its_id_is_free()
    {
        await WriteAsync(New("a", "1", Ada));

        Assert.True(await WriteAsync(new StateChange("grant", "a", 1, null, [])));

        Assert.Null(await FindAsync("a"));
        Assert.Empty(await ListAsync(new StateQuery("grant", Ada)));
        Assert.True(await WriteAsync(New("a", "1")));
    }

    [Fact]
    public async Task Records_are_listed_by_tag_in_order_and_page_by_page()
    {
        await WriteAsync(New("c", "3", Ada), New("a", "1", Ada, Bob), New("b", "2", Bob), New("d", "4", Ada));
        await WriteAsync(new StateChange("request", "a", 0, "5", [Ada]));

        Assert.Equal(["a", "c"], await IdsAsync(new StateQuery("grant", Ada, Limit: 2)));
        Assert.Equal(["d"], await IdsAsync(new StateQuery("grant", Ada, After: "c", Limit: 2)));
        Assert.Equal(["d", "c"], await IdsAsync(new StateQuery("grant", Ada, Limit: 2, NewestFirst: true)));
        Assert.Equal(["a"], await IdsAsync(new StateQuery("grant", Ada, After: "c", NewestFirst: true)));
        Assert.Equal(["a", "b"], await IdsAsync(new StateQuery("grant", Bob)));
        Assert.Equal(["a", "b", "c", "d"], await IdsAsync(new StateQuery("grant")));
    }

    [Fact]
    public async Task A_record_is_found_by_its_newest_tags_only()
    {
        await WriteAsync(New("a", "1", Ada));
        await WriteAsync(New("a", "2", Bob) with { Expected = 1 });

        Assert.Empty(await ListAsync(new StateQuery("grant", Ada)));
        Assert.Equal(["a"], await IdsAsync(new StateQuery("grant", Bob)));
    }

    [Theory]
    [InlineData("'; DROP TABLE record; --")]
    [InlineData("\0")]
    [InlineData("\ud83d\ude00 \u202e")]
    [InlineData("%_*")]
    public async Task Ids_tags_and_text_are_data_whatever_they_say(string text)
    {
        await WriteAsync(new StateChange(text, text, 0, text, [new StateTag(text, text)]));

        Assert.Equal(text, (await Store.FindAsync(text, text, default))!.Json);
        Assert.Equal([text], await IdsAsync(new StateQuery(text, new StateTag(text, text))));
    }

    [Fact]
    public async Task Writers_at_once_lose_no_write()
    {
        await WriteAsync(New("a", "0"));

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            for (var done = 0; done < 10;)
            {
                var before = (await FindAsync("a"))!;
                var next = int.Parse(before.Json, System.Globalization.CultureInfo.InvariantCulture) + 1;
                done += await WriteAsync(New("a", $"{next}") with { Expected = before.Version }) ? 1 : 0;
            }
        })));

        Assert.Equal(new StateRecord("grant", "a", 81, "80"), await FindAsync("a"));
    }

    [Fact]
    public async Task An_id_can_be_used_once_until_its_time_is_over()
    {
        var until = Clock.GetUtcNow().AddMinutes(1);

        Assert.True(await Store.TryMarkAsync("proof", "x", until, default));
        Assert.False(await Store.TryMarkAsync("proof", "x", until, default));
        Assert.True(await Store.TryMarkAsync("other", "x", until, default));
        Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.True(await Store.TryMarkAsync("proof", "x", Clock.GetUtcNow().AddMinutes(1), default));
        Assert.True(Store.MarksSince <= Clock.GetUtcNow());
    }

    internal static StateChange New(string id, string json, params StateTag[] tags) => new("grant", id, 0, json, tags);

    internal ValueTask<bool> WriteAsync(params StateChange[] changes) => Store.TryWriteAsync(changes, default);

    internal ValueTask<StateRecord?> FindAsync(string id) => Store.FindAsync("grant", id, default);

    private ValueTask<IReadOnlyList<StateRecord>> ListAsync(StateQuery query) => Store.ListAsync(query, default);

    private async Task<string[]> IdsAsync(StateQuery query) => [.. (await ListAsync(query)).Select(static record => record.Id)];
}
