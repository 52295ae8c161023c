using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.Tokens;
using PolicyGateway.Revocation;
using PolicyGateway.Telemetry;
using PolicyGateway.Tests.Identity;

namespace PolicyGateway.Tests.Revocation;

/// <summary>A token that breaks a rule is refused by name and has no effect.</summary>
public sealed class BadSecurityEventTests : IAsyncLifetime
{
    private const string Disabled = "https://schemas.openid.net/secevent/risc/event-type/account-disabled";

    private RevocationHost _the = null!;

    public async Task InitializeAsync() => _the = await RevocationHost.StartAsync();

    public async Task DisposeAsync() => await _the.DisposeAsync();

    [Fact]
    public async Task A_forged_token_is_refused()
    {
        using var stranger = new TestKey(_the.TransmitterKey.KeyId);
        await AssertRefusedAsync(stranger.Sign(_the.Event(Disabled), Header("secevent+jwt")), EventFault.Key);
    }

    [Fact]
    public async Task A_token_of_an_unknown_key_is_refused()
    {
        using var stranger = new TestKey("unknown");
        await AssertRefusedAsync(stranger.Sign(_the.Event(Disabled), new { alg = "ES256", typ = "secevent+jwt", kid = "unknown" }), EventFault.Key);
    }

    [Fact]
    public Task A_token_that_was_changed_is_refused()
    {
        var parts = _the.Sign(_the.Event(Disabled)).Split('.');
        var other = _the.Sign(_the.Event(Disabled, null, ("sub_id", new { format = "iss_sub", iss = RevocationHost.Issuer, sub = "bob" }))).Split('.');
        return AssertRefusedAsync($"{parts[0]}.{other[1]}.{parts[2]}", EventFault.Key);
    }

    [Theory]
    [InlineData("none", "")]
    [InlineData("none", "x")]
    [InlineData("HS256", "x")]
    public Task An_unsigned_token_is_refused(string alg, string secret) => AssertRefusedAsync(
        TestKey.Assemble(
            new { alg, typ = "secevent+jwt" }, JsonSerializer.Serialize(_the.Event(Disabled)),
            bytes => secret.Length == 0 ? [] : HMACSHA256.HashData(Encoding.ASCII.GetBytes(secret), bytes)),
        EventFault.Key);

    [Fact]
    public Task A_token_with_sub_is_refused() => AssertRefusedAsync(EventFault.HasSubject, ("sub", "ada"));

    [Fact]
    public Task A_token_with_exp_is_refused() => AssertRefusedAsync(EventFault.HasExpiry, ("exp", _the.Clock.GetUtcNow().AddMinutes(5).ToUnixTimeSeconds()));

    [Theory]
    [InlineData("https://other.example")]
    [InlineData("gateway")]
    [InlineData(null)]
    [InlineData(7)]
    public Task A_token_for_another_audience_is_refused(object? audience) => AssertRefusedAsync(EventFault.Audience, ("aud", audience));

    [Fact]
    public async Task A_token_for_several_audiences_is_taken() =>
        Assert.Null(await _the.ReceiveAsync(Disabled, null, ("aud", new[] { "https://other.example", "https://gateway.example" })));

    [Theory]
    [InlineData("https://stranger.example")]
    [InlineData("https://issuer.example")]
    [InlineData("https://transmitter.example/")]
    [InlineData(null)]
    [InlineData(7)]
    public Task A_token_of_an_unknown_issuer_is_refused(object? issuer) => AssertRefusedAsync(EventFault.Issuer, ("iss", issuer));

    [Theory]
    [InlineData("JWT")]
    [InlineData("at+jwt")]
    [InlineData("statuslist+jwt")]
    [InlineData("")]
    public Task A_token_of_another_type_is_refused(string type) => AssertRefusedAsync(_the.Sign(_the.Event(Disabled), type), EventFault.Type);

    [Fact]
    public async Task A_type_may_be_spelled_as_a_media_type() =>
        Assert.Null(await _the.ReceiveAsync(_the.Sign(_the.Event(Disabled), "application/secevent+jwt")));

    [Fact]
    public Task A_token_with_a_critical_header_is_refused() => AssertRefusedAsync(
        _the.TransmitterKey.Sign(_the.Event(Disabled), new { alg = "ES256", typ = "secevent+jwt", kid = "t1", crit = new[] { "x" } }), EventFault.CriticalHeader);

    [Fact]
    public Task A_token_without_a_time_is_refused() => AssertRefusedAsync(EventFault.IssuedAt, ("iat", null));

    [Fact]
    public Task A_token_from_the_future_is_refused() => AssertRefusedAsync(EventFault.IssuedAt, ("iat", _the.Clock.GetUtcNow().AddMinutes(2).ToUnixTimeSeconds()));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(7)]
    public Task A_token_without_an_id_is_refused(object? id) => AssertRefusedAsync(EventFault.Id, ("jti", id));

    [Fact]
    public Task A_token_with_an_endless_id_is_refused() => AssertRefusedAsync(EventFault.Id, ("jti", new string('x', 257)));

    [Fact]
    public async Task A_token_sent_under_another_id_is_refused() =>
        Assert.Same(EventFault.Id, await _the.Receiver.ReceiveAsync(_the.Sign(_the.Event(Disabled)), new Delivery(_the.Transmitters.All, "another"), default));

    [Fact]
    public async Task A_token_of_a_transmitter_that_this_way_is_not_open_to_is_refused() =>
        Assert.Same(EventFault.Unauthenticated, await _the.Receiver.ReceiveAsync(_the.Sign(_the.Event(Disabled)), new Delivery([_the.Transmitters.All[1]]), default));

    [Theory]
    [InlineData("""{"format":"email","email":"ada@example.com"}""")]
    [InlineData("""{"format":"phone_number","phone_number":"+1"}""")]
    [InlineData("""{"format":"account","uri":"acct:ada@issuer.example"}""")]
    [InlineData("""{"format":"complex","user":{"format":"iss_sub","iss":"https://issuer.example","sub":"ada"}}""")]
    [InlineData("""{"format":"iss_sub","iss":"https://issuer.example"}""")]
    [InlineData("""{"format":"iss_sub","sub":"ada"}""")]
    [InlineData("""{"format":"iss_sub","iss":"https://issuer.example","sub":""}""")]
    [InlineData("""{"format":"iss_sub","iss":"https://issuer.example","sub":7}""")]
    [InlineData("""{"iss":"https://issuer.example","sub":"ada"}""")]
    [InlineData("""{"format":"opaque"}""")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("\"ada\"")]
    public Task A_subject_in_another_form_is_refused_and_nobody_is_found_by_mail(string subject) =>
        AssertRefusedAsync(EventFault.SubjectFormat, ("sub_id", JsonDocument.Parse(subject).RootElement));

    [Fact]
    public Task A_token_without_a_subject_is_refused() => AssertRefusedAsync(EventFault.SubjectFormat, ("sub_id", null));

    [Fact]
    public Task A_transmitter_speaks_of_nobody_elses_people() =>
        AssertRefusedAsync(EventFault.Foreign, ("sub_id", new { format = "iss_sub", iss = RevocationHost.OtherIssuer, sub = "ada" }));

    [Fact]
    public Task A_transmitter_without_people_of_its_own_has_no_opaque_ones() =>
        AssertRefusedAsync(EventFault.Foreign, ("iss", RevocationHost.OtherTransmitter), ("sub_id", new { format = "opaque", id = "ada" }));

    [Theory]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("\"x\"")]
    [InlineData("""{"https://schemas.openid.net/secevent/risc/event-type/account-disabled":null}""")]
    [InlineData("""{"https://schemas.openid.net/secevent/risc/event-type/account-disabled":true}""")]
    public Task A_token_without_events_is_refused(string events) => AssertRefusedAsync(EventFault.Events, ("events", JsonDocument.Parse(events).RootElement));

    [Fact]
    public Task A_token_with_too_many_events_is_refused() =>
        AssertRefusedAsync(EventFault.Events, ("events", Enumerable.Range(0, 17).ToDictionary(static n => $"e{n}", static _ => new { })));

    [Theory]
    [InlineData("not json")]
    [InlineData("")]
    [InlineData("..")]
    [InlineData("e30.e30.")]
    [InlineData("e30.e30.e30.e30")]
    [InlineData("bm90.anNvbg.eA")]
    [InlineData("e30 .e30.e30")]
    public async Task What_is_no_token_is_refused(string text)
    {
        var fault = await _the.ReceiveAsync(text);

        Assert.True(fault == EventFault.Malformed || (text == "e30.e30." && fault == EventFault.Issuer), $"{fault}");
    }

    [Theory]
    [InlineData("""{"alg":"ES256"}""", """{"iss":"\ud800"}""")]
    [InlineData("""{"alg":"ES256"}""", """{"iss":"https://transmitter.example","a":{"b":["\udc00"]}}""")]
    [InlineData("""{"alg":"ES256"}""", """{"iss":"https://transmitter.example","\ud800":1}""")]
    [InlineData("""{"alg":"ES256","kid":"\ud800"}""", """{"iss":"https://transmitter.example"}""")]
    [InlineData("""{"alg":"ES256","alg":"ES256"}""", """{"iss":"https://transmitter.example"}""")]
    [InlineData("[]", "{}")]
    [InlineData("{}", "[]")]
    public Task What_cannot_be_read_is_refused(string header, string payload) =>
        AssertRefusedAsync($"{Base64UrlEncoder.Encode(header)}.{Base64UrlEncoder.Encode(payload)}.AAAA", EventFault.Malformed);

    [Fact]
    public Task What_is_nested_without_end_is_refused() =>
        AssertRefusedAsync($"e30.{Base64UrlEncoder.Encode("{\"a\":" + new string('[', 20_000) + new string(']', 20_000) + "}")}.AAAA", EventFault.Malformed);

    [Fact]
    public Task A_token_of_a_megabyte_is_refused() =>
        AssertRefusedAsync(_the.Sign(_the.Event(Disabled, new { reason = new string('x', 1 << 20) })), EventFault.TooLarge);

    [Fact]
    public Task A_token_that_says_something_twice_is_refused()
    {
        var payload = JsonSerializer.Serialize(_the.Event(Disabled));
        return AssertRefusedAsync(_the.TransmitterKey.SignText(payload[..^1] + ""","aud":"https://gateway.example"}""", Header("secevent+jwt")), EventFault.Malformed);
    }

    [Fact]
    public async Task An_unknown_event_is_taken_ignored_and_counted_whoever_it_is_about()
    {
        using var counted = new CountedEvents(_the.Identity.Services.GetRequiredService<GatewayTelemetry>());

        Assert.Null(await _the.ReceiveAsync("https://schemas.openid.net/secevent/ssf/event-type/verification", null, ("sub_id", new { format = "opaque", id = "stream" })));
        Assert.Null(await _the.ReceiveAsync("https://example.com/heard-of-by-nobody", null, ("sub_id", new { format = "email", email = "ada@example.com" })));

        Assert.Null(await _the.FaultOfAsync(_the.Token()));
        Assert.Equal(["unknown ignored", "unknown ignored"], counted.All);
        Assert.Empty(await _the.Revocations.ListAsync(null, 10, default));
    }

    [Fact]
    public async Task Nothing_of_a_refused_token_is_logged()
    {
        await _the.ReceiveAsync(Disabled, new { note = "a-secret-note" }, ("sub", "somebody-special"), ("iss", "https://transmitter.example"));
        await _the.ReceiveAsync(Disabled, null, ("iss", "https://a-strange-issuer.example"));
        await _the.ReceiveAsync(Disabled, null);

        Assert.Contains("SecurityEventRefused", _the.Identity.Log.Text, StringComparison.Ordinal);
        Assert.DoesNotMatch("a-secret-note|somebody-special|a-strange-issuer|ada", _the.Identity.Log.Text);
    }

    private object Header(string type) => new { alg = "ES256", typ = type, kid = _the.TransmitterKey.KeyId };

    private Task AssertRefusedAsync(EventFault fault, params (string Name, object? Value)[] changes) => AssertRefusedAsync(_the.Sign(_the.Event(Disabled, null, changes)), fault);

    private async Task AssertRefusedAsync(string token, EventFault fault)
    {
        Assert.Same(fault, await _the.ReceiveAsync(token));
        Assert.Null(await _the.FaultOfAsync(_the.Token()));
        Assert.Empty(await _the.Revocations.ListAsync(null, 10, default));
    }
}
