using PolicyGateway.Inference;

namespace PolicyGateway.Tests.Inference;

/// <summary>How decisions are named.</summary>
public sealed class DecisionIdTests
{
    private static readonly DateTimeOffset Time = new(2026, 11, 27, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Ids_sort_by_their_second() => Assert.Equal(
        Enumerable.Range(0, 1000).Select(static second => second / 10),
        Enumerable.Range(0, 1000).Select(static place => (Id: DecisionIds.New(Time.AddSeconds(place / 10)), Second: place / 10))
            .OrderBy(static made => made.Id, StringComparer.Ordinal).Select(static made => made.Second));

    [Fact]
    public void Two_ids_of_one_moment_share_nothing_but_its_second()
    {
        var ids = Enumerable.Range(0, 1000).Select(static _ => DecisionIds.New(Time)).ToList();

        Assert.All(ids, static id => Assert.Matches("^dec_6b0970c0[0-9a-f]{24}$", id));
        Assert.Equal(ids.Count, ids.Select(static id => id[12..]).Distinct().Count());
    }
}
