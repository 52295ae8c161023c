using System.Text;
using PolicyGateway.Tests.Identity;

namespace PolicyGateway.Tests.Revocation;

/// <summary>A list that does not verify is no list, and a token that names it does not count.</summary>
public sealed class BadStatusListTests : IAsyncLifetime
{
    private static readonly object Good = new { bits = 1, lst = StatusListServer.Pack(new byte[8]) };

    private RevocationHost _the = null!;

    private DateTimeOffset Now => _the.Clock.GetUtcNow();

    public async Task InitializeAsync() => _the = await RevocationHost.StartAsync();

    public async Task DisposeAsync() => await _the.DisposeAsync();

    [Fact]
    public async Task A_list_without_a_fault_counts()
    {
        Hand(Sign());
        Assert.Null(await FaultAsync());
    }

    [Fact]
    public async Task A_list_with_its_issuer_counts() => await AssertCountsAsync(Sign(("iss", RevocationHost.Issuer)));

    [Fact]
    public async Task A_list_without_a_ttl_counts() => await AssertCountsAsync(Sign(("ttl", null)));

    [Fact]
    public Task A_list_that_is_cut_off_is_refused() =>
        AssertRefusedAsync(Sign(("status_list", new { bits = 1, lst = StatusListServer.Pack([.. Enumerable.Range(0, 64).Select(static n => (byte)n)])[..^8] })));

    [Fact]
    public Task A_list_that_unpacks_without_end_is_refused() =>
        AssertRefusedAsync(Sign(("status_list", new { bits = 1, lst = StatusListServer.Pack(new byte[64 << 20]) })));

    [Fact]
    public Task A_stale_list_is_refused() => AssertRefusedAsync(Sign(("exp", Now.AddMinutes(-1).ToUnixTimeSeconds())));

    [Fact]
    public Task A_list_whose_exp_cannot_be_read_is_refused() => AssertRefusedAsync(Sign(("exp", "tomorrow")));

    [Fact]
    public Task A_list_for_another_address_is_refused() => AssertRefusedAsync(Sign(("sub", _the.Server.Address + "/lists/2")));

    [Fact]
    public Task A_list_for_no_address_is_refused() => AssertRefusedAsync(Sign(("sub", null)));

    [Fact]
    public Task A_list_of_another_issuer_is_refused() => AssertRefusedAsync(Sign(("iss", RevocationHost.OtherIssuer)));

    [Fact]
    public Task A_list_without_a_time_is_refused() => AssertRefusedAsync(Sign(("iat", null)));

    [Fact]
    public Task A_list_from_the_future_is_refused() => AssertRefusedAsync(Sign(("iat", Now.AddMinutes(5).ToUnixTimeSeconds())));

    [Theory]
    [InlineData(0)]
    [InlineData(-5)]
    [InlineData("60")]
    [InlineData(0.001)]
    public Task A_list_with_a_ttl_that_is_none_is_refused(object ttl) => AssertRefusedAsync(Sign(("ttl", ttl)));

    [Theory]
    [InlineData(3)]
    [InlineData(0)]
    [InlineData("1")]
    [InlineData(1.5)]
    public Task A_list_with_bits_that_are_none_is_refused(object bits) => AssertRefusedAsync(Sign(("status_list", new { bits, lst = StatusListServer.Pack([0]) })));

    [Theory]
    [InlineData("")]
    [InlineData("not base64url!")]
    [InlineData("AAAA")]
    public Task A_list_that_is_not_packed_is_refused(string lst) => AssertRefusedAsync(Sign(("status_list", new { bits = 1, lst })));

    [Fact]
    public Task A_list_without_a_list_is_refused() => AssertRefusedAsync(Sign(("status_list", null)));

    [Theory]
    [InlineData("JWT")]
    [InlineData("at+jwt")]
    [InlineData("secevent+jwt")]
    [InlineData("")]
    public Task A_document_of_another_type_is_refused(string type) => AssertRefusedAsync(StatusListServer.Sign(_the.Key, _the.Server.Claims(Now, Good), type));

    [Fact]
    public async Task A_list_that_somebody_else_signed_is_refused()
    {
        using var stranger = new TestKey(_the.Key.KeyId);
        await AssertRefusedAsync(StatusListServer.Sign(stranger, _the.Server.Claims(Now, Good)));
    }

    [Fact]
    public async Task A_list_signed_by_an_unknown_key_is_refused()
    {
        using var stranger = new TestKey("unknown");
        await AssertRefusedAsync(StatusListServer.Sign(stranger, _the.Server.Claims(Now, Good)));
    }

    [Theory]
    [InlineData("none")]
    [InlineData("HS256")]
    public Task A_list_without_a_signature_of_the_issuers_is_refused(string alg) => AssertRefusedAsync(TestKey.Assemble(
        new { alg, typ = "statuslist+jwt" },
        System.Text.Json.JsonSerializer.Serialize(_the.Server.Claims(Now, Good)),
        static bytes => System.Security.Cryptography.HMACSHA256.HashData(Encoding.ASCII.GetBytes("secret"), bytes)));

    [Fact]
    public Task A_list_with_a_critical_header_is_refused() =>
        AssertRefusedAsync(_the.Key.Sign(_the.Server.Claims(Now, Good), new { alg = "ES256", typ = "statuslist+jwt", kid = _the.Key.KeyId, crit = new[] { "b64" } }));

    [Fact]
    public Task A_list_that_says_something_twice_is_refused()
    {
        var payload = System.Text.Json.JsonSerializer.Serialize(_the.Server.Claims(Now, Good));
        return AssertRefusedAsync(_the.Key.SignText(
            $$"""{{payload[..^1]}},"sub":"{{_the.Server.Uri}}"}""", new { alg = "ES256", typ = "statuslist+jwt", kid = _the.Key.KeyId }));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a.b")]
    [InlineData("a.b.c")]
    [InlineData("..")]
    [InlineData("""{"status_list":{"bits":1,"lst":"eNoDAAAAAAE"}}""")]
    public Task What_is_no_signed_document_is_refused(string text) => AssertRefusedAsync(text);

    [Fact]
    public Task A_list_that_is_larger_than_any_is_refused() => AssertRefusedAsync(new string('a', 10 << 20));

    [Theory]
    [InlineData(302)]
    [InlineData(404)]
    [InlineData(204)]
    public async Task An_answer_that_is_no_list_is_refused_and_no_redirect_followed(int status)
    {
        _the.Server.Status = status;
        _the.Server.Answer = status == 204 ? static () => "" : Sign;

        Assert.Equal("status_unavailable", await FaultAsync());
        Assert.Single(_the.Server.Asked);
        Assert.Equal("status_unavailable", await FaultAsync());
        Assert.Single(_the.Server.Asked);
    }

    [Fact]
    public async Task A_server_that_does_not_answer_is_given_up()
    {
        _the.Server.Delay = TimeSpan.FromMinutes(1);

        Assert.Equal("status_unavailable", await FaultAsync().WaitAsync(TimeSpan.FromSeconds(20)));
    }

    private string Sign() => StatusListServer.Sign(_the.Key, _the.Server.Claims(Now, Good));

    private string Sign(params (string Name, object? Value)[] changes) => StatusListServer.Sign(_the.Key, _the.Server.Claims(Now, Good, changes));

    private void Hand(string text) => _the.Server.Answer = () => text;

    private Task<string?> FaultAsync() => _the.FaultOfAsync(_the.TokenAt(0));

    private async Task AssertCountsAsync(string text)
    {
        Hand(text);
        Assert.Null(await FaultAsync());
    }

    private async Task AssertRefusedAsync(string text)
    {
        Hand(text);

        Assert.Equal("status_unavailable", await FaultAsync());
        Assert.Single(_the.Server.Asked);
    }
}
