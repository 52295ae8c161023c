using System.Buffers;
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
    public void Frames_read_removed_and_dropped_at_random_leave_the_same_bytes_as_a_list_would()
    {
        var seed = Random.Shared.Next();
        for (var run = 0; run < 200; run++)
        {
            var random = new Random(seed + run);
            var (expected, read) = (new List<byte>(), 0);
            using var held = new HeldBytes(200_000);
            for (var step = 0; step < 300; step++)
            {
                var piece = new byte[random.Next(0, run % 3 == 0 ? 5000 : 300)];
                random.NextBytes(piece);
                if (held.TryAppend(piece))
                {
                    expected.AddRange(piece);
                }

                var advance = random.Next(0, held.Unread.Length + 1);
                Assert.True(held.Unread.Span.SequenceEqual([.. expected.Skip(read)]), $"seed {seed + run}");
                held.Advance(advance);
                read += advance;
                if (random.Next(8) == 0)
                {
                    var removed = random.Next(0, advance + 1);
                    held.RemoveRead(removed);
                    expected.RemoveRange(read - removed, removed);
                    read -= removed;
                }

                if (random.Next(run % 7 + 1) == 0)
                {
                    var count = random.Next(0, read + 1);
                    Assert.True(held.First(count).ToArray().AsSpan().SequenceEqual([.. expected.Take(count)]), $"seed {seed + run}");
                    held.Drop(count);
                    expected.RemoveRange(0, count);
                    read -= count;
                }

                Assert.Equal((expected.Count, read), (held.Length, held.Read));
            }

            Assert.True(held.First(held.Length).ToArray().AsSpan().SequenceEqual([.. expected]), $"seed {seed + run}");
        }
    }

    [Fact]
    public void A_stream_that_is_read_as_it_comes_is_held_in_little_more_than_its_bytes()
    {
        using var held = new HeldBytes(1 << 20);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var frame = 0; frame < 85; frame++)
        {
            held.TryAppend(new byte[196]);
            held.Advance(196);
        }

        Assert.Equal(85 * 196, held.Length);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, (85 * (196 + 24)) + (6 * 4200));
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
