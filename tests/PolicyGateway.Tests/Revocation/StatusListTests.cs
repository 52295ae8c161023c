using System.IO.Compression;
using Microsoft.IdentityModel.Tokens;
using PolicyGateway.Revocation;

namespace PolicyGateway.Tests.Revocation;

public sealed class StatusListTests
{
    [Theory]
    [InlineData(1, 0, 1)]
    [InlineData(1, 1, 0)]
    [InlineData(1, 15, 1)]
    [InlineData(2, 0, 1)]
    [InlineData(2, 3, 3)]
    [InlineData(4, 1, 12)]
    [InlineData(4, 3, 8)]
    [InlineData(8, 0, 0xC9)]
    [InlineData(8, 1, 0x80)]
    public void A_status_is_read_from_the_lowest_bits_on(int bits, long index, int status) =>
        Assert.Equal(status, Of([0xC9, 0x80], bits).At(index));

    [Theory]
    [InlineData(1, 16)]
    [InlineData(2, 8)]
    [InlineData(8, 2)]
    [InlineData(1, -1)]
    [InlineData(8, long.MaxValue)]
    [InlineData(1, long.MaxValue)]
    public void Behind_the_end_there_is_no_status(int bits, long index) => Assert.Null(Of([0xC9, 0x80], bits).At(index));

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(16)]
    [InlineData(-1)]
    public void Bits_other_than_a_power_of_two_to_eight_are_refused(int bits) => Assert.Throws<InvalidDataException>(() => Of([1], bits));

    [Fact]
    public void A_list_that_was_cut_anywhere_is_refused()
    {
        var whole = Base64UrlEncoder.DecodeBytes(StatusListServer.Pack([.. Enumerable.Range(0, 300).Select(static n => (byte)(n * 7))]));
        for (var length = 0; length < whole.Length; length++)
        {
            Assert.Throws<InvalidDataException>(() => StatusList.Unpack(whole[..length], 1));
        }

        Assert.Equal(300, StatusList.Unpack(whole, 1).Size);
    }

    [Fact]
    public void A_list_that_was_changed_is_refused()
    {
        var packed = Base64UrlEncoder.DecodeBytes(StatusListServer.Pack([1, 2, 3, 4]));
        packed[^1] ^= 1;

        Assert.Throws<InvalidDataException>(() => StatusList.Unpack(packed, 1));
    }

    [Fact]
    public void A_small_list_that_unpacks_to_a_gigabyte_is_refused_before_it_is_unpacked()
    {
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            var zeros = new byte[1 << 20];
            for (var i = 0; i < 1024; i++)
            {
                zlib.Write(zeros);
            }
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<InvalidDataException>(() => StatusList.Unpack(packed.ToArray(), 1));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 8 * StatusList.MostBytes);
    }

    [Theory]
    [InlineData("https://a.example/lists", true)]
    [InlineData("https://a.example/lists/1", true)]
    [InlineData("https://a.example/lists/1/2", true)]
    [InlineData("https://a.example/listsX", false)]
    [InlineData("https://a.example/lists?x=1", false)]
    [InlineData("https://a.example/lists/1?x=1", false)]
    [InlineData("https://a.example/lists/1#x", false)]
    [InlineData("https://a.example/lists/../secret", false)]
    [InlineData("https://a.example/lists/..", false)]
    [InlineData("https://a.example/lists/%2e%2e/secret", false)]
    [InlineData("https://a.example/lists/..%2fsecret", false)]
    [InlineData("https://a.example/lists\\secret", false)]
    [InlineData("https://a.example/other", false)]
    [InlineData("https://a.example.evil/lists", false)]
    [InlineData("https://a.example@evil.example/lists", false)]
    [InlineData("http://a.example/lists", false)]
    [InlineData("HTTPS://a.example/lists", false)]
    [InlineData("https://b.example/x", true)]
    [InlineData("https://b.example.evil/x", false)]
    [InlineData("https://b.example@evil/x", false)]
    [InlineData("https://b.example:444/x", false)]
    [InlineData("https://c.example/list?id=1", true)]
    [InlineData("https://c.example/list?id=1/2", false)]
    [InlineData("", false)]
    public void An_address_is_taken_only_where_it_is_listed_or_continues_a_listed_one_at_a_slash(string uri, bool listed) =>
        Assert.Equal(listed, StatusListAddress.IsListed(uri, ["https://a.example/lists", "https://b.example", "https://c.example/list?id=1"]));

    [Theory]
    [InlineData("https://a.example", true)]
    [InlineData("https://a.example/lists/", true)]
    [InlineData("http://127.0.0.1:8/lists", true)]
    [InlineData("http://a.example/lists", false)]
    [InlineData("https://a.example/x/../y", false)]
    [InlineData("https://user@a.example/", false)]
    [InlineData("https://a.example/#x", false)]
    [InlineData("/lists", false)]
    [InlineData("", false)]
    public void An_address_is_listed_as_it_is_sent(string address, bool fit) => Assert.Equal(fit, StatusListAddress.IsFit(address));

    private static StatusList Of(byte[] bytes, int bits) => StatusList.Unpack(Base64UrlEncoder.DecodeBytes(StatusListServer.Pack(bytes)), bits);
}
