using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using PolicyGateway.Identity.Passports;

namespace PolicyGateway.Tests.Identity;

/// <summary>Visas that somebody made up, spoilt or borrowed. The token stands; the visa proves nothing.</summary>
public sealed class BadVisaTests : IDisposable
{
    private readonly Passports _passports = new();

    [Fact]
    public async Task A_visa_that_the_passports_own_issuer_signed_in_anothers_name_proves_nothing() =>
        await ProvesNothing(_passports.Visa(key: _passports.BrokerKey));

    [Fact]
    public async Task A_visa_of_an_unknown_key_or_issuer_proves_nothing()
    {
        using var thief = new TestKey("visas");

        await ProvesNothing(_passports.Visa(key: thief));
        await ProvesNothing(_passports.Visa(change: claims => claims["iss"] = "https://elsewhere.example"));
        await ProvesNothing(_passports.Visa(change: claims => claims["iss"] = "https://visas.example/"));
    }

    [Fact]
    public async Task A_visa_without_a_signature_or_with_one_that_anybody_can_make_proves_nothing()
    {
        var payload = JsonSerializer.Serialize(_passports.Claims());
        var shared = Encoding.UTF8.GetBytes(_passports.VisaKey.PublicPem);

        await ProvesNothing(TestKey.Assemble(new { alg = "none", typ = "JWT" }, payload, _ => []));
        await ProvesNothing(TestKey.Assemble(new { alg = "ES256", typ = "JWT", kid = "visas" }, payload, _ => []));
        await ProvesNothing(TestKey.Assemble(new { alg = "HS256", typ = "JWT", kid = "visas" }, payload, bytes => HMACSHA256.HashData(shared, bytes)));
        await ProvesNothing(_passports.VisaKey.SignText(payload, new { alg = "ES256", typ = "JWT", kid = "visas", crit = new[] { "x" }, x = 1 }));
        await ProvesNothing(_passports.VisaKey.SignText(payload, new { alg = "ES256", typ = "logout+jwt", kid = "visas" }));
        await ProvesNothing(_passports.VisaKey.SignText(payload, new { alg = "ES256", kid = "visas" }));
    }

    [Theory]
    [InlineData("exp", 0)]
    [InlineData("exp", -600)]
    [InlineData("iat", 600)]
    [InlineData("nbf", 600)]
    [InlineData("asserted", 600)] // ten minutes fast
    public async Task A_visa_that_is_over_or_of_the_future_proves_nothing(string member, int seconds) =>
        await ProvesNothing(member == "asserted"
            ? _passports.Visa(visa => visa[member] = _passports.Now + seconds)
            : _passports.Visa(change: claims => claims[member] = _passports.Now + seconds));

    [Theory]
    [InlineData("exp")]
    [InlineData("sub")]
    [InlineData("ga4gh_visa_v1")]
    [InlineData("type")]
    [InlineData("asserted")]
    [InlineData("value")]
    [InlineData("source")]
    public async Task A_visa_that_lacks_a_member_or_has_it_of_another_kind_proves_nothing(string member)
    {
        foreach (var value in new object?[] { null, true, new[] { "x" }, new { x = 1 }, "", -1 })
        {
            await ProvesNothing(_passports.Visa(
                visa => Spoil(visa, member, value), claims => Spoil(claims, member, value)));
        }

        await ProvesNothing(_passports.Visa(visa => visa.Remove(member), claims => claims.Remove(member)));

        static void Spoil(Dictionary<string, object?> claims, string member, object? value)
        {
            if (claims.ContainsKey(member))
            {
                claims[member] = value;
            }
        }
    }

    [Fact]
    public async Task A_visa_that_says_something_twice_proves_nothing() => await ProvesNothing(_passports.VisaKey.SignText(
        JsonSerializer.Serialize(_passports.Claims()).Replace("\"by\":", "\"by\":\"self\",\"by\":", StringComparison.Ordinal), new { alg = "ES256", typ = "JWT", kid = "visas" }));

    [Fact]
    public async Task A_visa_in_a_visa_a_deep_one_and_an_endless_one_prove_nothing()
    {
        await ProvesNothing(_passports.Visa(visa => visa["value"] = _passports.Visa()));
        await ProvesNothing(_passports.VisaKey.SignText(string.Concat(Enumerable.Repeat("[", 200)), new { alg = "ES256", typ = "JWT", kid = "visas" }));
        await ProvesNothing(_passports.Visa(visa => visa["padding"] = new string('x', 6656)));
    }

    [Fact]
    public async Task Something_else_than_a_list_of_texts_is_no_passport_and_a_list_may_hold_fifty()
    {
        foreach (var claim in new object?[] { "x", 7, true, new { visa = _passports.Visa() }, _passports.Visa(), new[] { new[] { _passports.Visa(), _passports.Link() } } })
        {
            Assert.Empty((await _passports.Host.ReadAsync(_passports.BrokerKey.Sign(_passports.Host.Claims(changes: ("ga4gh_passport_v1", claim))))).Caller!.Credentials);
        }

        Assert.Empty((await _passports.ReadAsync([_passports.Visa(), _passports.Link(), .. Enumerable.Repeat((object?)"x", 49)])).Credentials);
        Assert.Single((await _passports.ReadAsync([_passports.Visa(), _passports.Link(), .. Enumerable.Repeat((object?)"x", 48)])).Credentials);
        Assert.Single((await _passports.ReadAsync(_passports.Visa(), _passports.Link(), null, 7, new { }, "", "a.b.c")).Credentials);
    }

    [Fact]
    public async Task A_passport_of_a_megabyte_is_refused_with_its_token()
    {
        var result = await _passports.Host.ReadAsync(_passports.Token(new string('x', 1 << 20)));

        Assert.Equal("too_large", result.Fault!.Reason);
    }

    [Fact]
    public async Task A_passport_of_somebody_who_is_acted_for_by_a_stranger_proves_nothing() => Assert.Empty((await _passports.Host.ReadAsync(_passports.BrokerKey.Sign(
        _passports.Host.Claims(changes: [("ga4gh_passport_v1", new[] { _passports.Visa(), _passports.Link() }), ("act", new { sub = "agent" })])))).Caller!.Credentials);

    [Fact]
    public async Task An_issuer_without_passports_in_its_configuration_brings_none()
    {
        using var key = new TestKey("k1");
        using var host = new IdentityHost(options => options.Issuers.Add(IdentityHost.Trusting(key)));

        Assert.Empty((await host.ReadAsync(key.Sign(host.Claims(changes: ("ga4gh_passport_v1", new[] { _passports.Visa(), _passports.Link() }))))).Caller!.Credentials);
    }

    [Fact]
    public async Task Logs_tell_why_visas_do_not_count_and_nothing_that_they_say()
    {
        await ProvesNothing(_passports.Visa(key: _passports.BrokerKey));

        Assert.Contains("VisaIgnored: Visas in a token of issuer https://issuer.example do not count: UnknownKey.", _passports.Host.Log.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("hospital", _passports.Host.Log.Text, StringComparison.Ordinal);
    }

    public static TheoryData<string, string> Misconfigured() => new()
    {
        { "TrustedVisaIssuers", """{"Visas":[{"Type":"t","Values":["v"],"Credential":"c"}]}""" },
        { "TrustedVisaIssuers", """{"TrustedVisaIssuers":[{"Name":"v","Issuer":"https://v","JwksUri":"https://v/keys","Sources":["s"]}]}""" },
        { "TrustedVisaIssuers:0:Sources", """{"RegisteredAccessCredential":"c","TrustedVisaIssuers":[{"Name":"v","Issuer":"https://v","JwksUri":"https://v/keys"}]}""" },
        { "TrustedVisaIssuers:0:Authority", """{"RegisteredAccessCredential":"c","TrustedVisaIssuers":[{"Name":"v","Issuer":"https://v","Sources":["s"]}]}""" },
        { "TrustedVisaIssuers:0:Authority", """{"RegisteredAccessCredential":"c","TrustedVisaIssuers":[{"Name":"v","Issuer":"https://v","Sources":["s"],"JwksUri":"https://v/keys","Authority":"https://v"}]}""" },
        { "TrustedVisaIssuers:0:JwksUri", """{"RegisteredAccessCredential":"c","TrustedVisaIssuers":[{"Name":"v","Issuer":"https://v","Sources":["s"],"JwksUri":"http://v/keys"}]}""" },
        { "TrustedVisaIssuers:0:Algorithms:0", """{"RegisteredAccessCredential":"c","TrustedVisaIssuers":[{"Name":"v","Issuer":"https://v","Sources":["s"],"JwksUri":"https://v/keys","Algorithms":["HS256"]}]}""" },
        { "Visas:0:Type", """{"Visas":[{"Type":"LinkedIdentities","Values":["v"],"Credential":"c"}]}""" },
        { "Visas:0:Values", """{"Visas":[{"Type":"t","Credential":"c"}]}""" },
        { "Visas:0:Credential", """{"Visas":[{"Type":"t","Values":["v"]}]}""" },
        { "Visas:0:Sources", """{"Visas":[{"Type":"t","Values":["v"],"Credential":"c","Sources":["nobody"]}]}""" },
        { "Visas:0:By", """{"Visas":[{"Type":"t","Values":["v"],"Credential":"c","By":["someone"]}]}""" },
        { "RegisteredAccessCredential", """{"RegisteredAccessCredential":" "}""" },
    };

    [Theory]
    [MemberData(nameof(Misconfigured))]
    public void A_fault_of_the_configuration_is_named_with_its_key(string key, string json)
    {
        var faults = new List<string>();
        new PassportCheck(JsonSerializer.Deserialize<PassportOptions>(json)!, "Passports", faults).Run();

        Assert.Contains(faults, fault => fault.StartsWith($"Passports:{key}:", StringComparison.Ordinal));
    }

    public void Dispose() => _passports.Dispose();

    /// <summary>Beside a link and a good visa that nothing is made of, the token still counts.</summary>
    private async Task ProvesNothing(string visa)
    {
        var caller = await _passports.ReadAsync(visa, _passports.Link());

        Assert.Empty(caller.Credentials);
        Assert.Equal(("ada", "verified"), (caller.Subject, caller.Tier.Name));
    }
}
