using PolicyGateway.Release;

namespace PolicyGateway.Tests.Release;

public sealed class HeldBytesTests
{
    [Fact]
    public void Bytes_come_back_in_order_whatever_the_pieces()
    {
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        var whole = new byte[50_000];
        random.NextBytes(whole);
        using var held = new HeldBytes(whole.Length);

        for (var at = 0; at < whole.Length;)
        {
            var length = Math.Min(random.Next(0, 3000), whole.Length - at);
            Assert.True(held.TryAppend(whole.AsSpan(at, length)), $"seed {seed}");
            at += length;
        }

        Assert.True(held.Memory.Span.SequenceEqual(whole), $"seed {seed}");
    }

    [Fact]
    public void What_would_pass_the_bound_is_not_kept_in_part()
    {
        using var held = new HeldBytes(10);

        Assert.True(held.TryAppend(new byte[10]));
        Assert.False(held.TryAppend(new byte[1]));
        Assert.Equal(10, held.Length);
    }

    [Fact]
    public void What_is_forgotten_is_wiped_and_its_room_is_used_again()
    {
        using var held = new HeldBytes(10);
        held.TryAppend("secret"u8);
        var before = held.Memory;

        held.Drop(held.Length);

        Assert.Equal(new byte[6], before.ToArray());
        Assert.Equal(0, held.Length);
        Assert.True(held.TryAppend("answer"u8));
        Assert.Equal("answer"u8.ToArray(), held.Memory.ToArray());
    }
}
