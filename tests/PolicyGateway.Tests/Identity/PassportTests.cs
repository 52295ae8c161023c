using PolicyGateway.Identity;

namespace PolicyGateway.Tests.Identity;

/// <summary>Visas of a GA4GH passport: whom they are about, who signed them, and what they prove.</summary>
public sealed class PassportTests : IDisposable
{
    private readonly Passports _passports = new();

    [Fact]
    public async Task A_visa_of_the_same_person_proves_the_credential_with_time_method_and_source()
    {
        var held = Assert.Single((await _passports.ReadAsync(_passports.Visa(), _passports.Link())).Credentials);

        Assert.Equal(new Credential("life-sciences", Passports.Visas, At(300))
        {
            ProvedAt = At(-1000),
            Method = "so",
            Assurance = "affiliated",
            Source = Passports.Hospital,
        }, held);
    }

    [Fact]
    public async Task The_broker_may_sign_visas_of_its_own_if_it_is_trusted_with_them() => Assert.Equal("life-sciences", Assert.Single((await _passports.ReadAsync(
        _passports.Visa(visa => visa["source"] = Passports.Broker, claims => (claims["iss"], claims["sub"]) = (Passports.Broker, "ada"), _passports.BrokerKey))).Credentials).Name);

    [Theory]
    [InlineData("ada,https%3A%2F%2Fissuer.example", true)]
    [InlineData("x,https%3A%2F%2Felsewhere.example;ada,https%3A%2F%2Fissuer.example", true)]
    [InlineData("ada,https://issuer.example", true)]
    [InlineData("eve,https%3A%2F%2Fissuer.example", false)]
    [InlineData("ada,https%3A%2F%2Fissuer.example%2F", false)]
    [InlineData("ada, https%3A%2F%2Fissuer.example", false)]
    [InlineData("https%3A%2F%2Fissuer.example,ada", false)]
    [InlineData("ada,https%3A%2F%2Fissuer.example;", false)]
    [InlineData("ada", false)]
    [InlineData(";;;", false)]
    public async Task A_visa_about_another_identity_counts_where_a_trusted_link_joins_the_two(string value, bool counts) =>
        Assert.Equal(counts, (await _passports.ReadAsync(_passports.Visa(), _passports.Link(value: value))).Credentials.Length == 1);

    [Fact]
    public async Task Links_chain_and_end_with_the_first_of_them()
    {
        var first = _passports.Link(claims => (claims["sub"], claims["exp"]) = ("middle", _passports.Now + 50));
        var second = _passports.Link(claims => claims["exp"] = _passports.Now + 900, $"middle,{Uri.EscapeDataString(Passports.Visas)}");

        Assert.Equal(At(50), Assert.Single((await _passports.ReadAsync(_passports.Visa(), second, first)).Credentials).ExpiresAt);
        Assert.Empty((await _passports.ReadAsync(_passports.Visa(), second)).Credentials);
    }

    [Fact]
    public async Task Nobody_joins_identities_who_is_not_trusted_with_that()
    {
        using var strict = new Passports(options => options.TrustedVisaIssuers[1].LinksIdentities = false);

        Assert.Empty((await strict.ReadAsync(strict.Visa(), strict.Link())).Credentials);
        Assert.Empty((await _passports.ReadAsync(_passports.Visa())).Credentials);
        Assert.Empty((await _passports.ReadAsync(_passports.Visa(), _passports.Visa(visa =>
            (visa["type"], visa["value"], visa["source"], visa["conditions"]) = ("LinkedIdentities", "ada,https%3A%2F%2Fissuer.example", Passports.Visas, Conditions("const:so"))))).Credentials);
    }

    [Theory]
    [InlineData("by", null, false)]
    [InlineData("by", "peer", false)]
    [InlineData("by", "SO", false)]
    [InlineData("by", "system", true)]
    [InlineData("type", "AffiliationAndrole", false)]
    [InlineData("value", "faculty@hospital.example.org", false)]
    [InlineData("value", "Faculty@hospital.example", false)]
    [InlineData("value", "faculty@hospital.example/", false)]
    [InlineData("source", "https://elsewhere.example", false)]
    [InlineData("source", "https://visas.example", true)]
    public async Task A_rule_wants_its_type_value_source_and_by_to_the_letter(string member, string? text, bool counts) => Assert.Equal(
        counts, (await _passports.ReadAsync(_passports.Visa(visa => Set(visa, member, text)), _passports.Link())).Credentials.Length == 1);

    [Theory]
    [InlineData(true, true, 1)]
    [InlineData(true, false, 0)]
    [InlineData(false, true, 0)]
    public async Task Registered_access_takes_both_visas_and_ends_with_the_first(bool terms, bool status, int credentials)
    {
        string?[] visas =
        [
            terms ? _passports.Visa(visa => (visa["type"], visa["value"], visa["by"], visa["asserted"]) = ("AcceptedTermsAndPolicies", Passports.Bona, "self", _passports.Now - 2000), claims => claims["exp"] = _passports.Now + 40) : _passports.Link(),
            status ? _passports.Visa(visa => (visa["type"], visa["value"]) = ("ResearcherStatus", Passports.Bona)) : _passports.Link(),
            _passports.Link(),
        ];

        var held = (await _passports.ReadAsync([.. visas])).Credentials;

        Assert.Equal(credentials, held.Length);
        Assert.All(held, credential => Assert.Equal(("researcher", At(40), At(-2000)), (credential.Name, credential.ExpiresAt!.Value, credential.ProvedAt!.Value)));
    }

    [Theory]
    [InlineData("https://doi.org/10.1038/s41431-018-0219-Y", "self")]
    [InlineData("http://doi.org/10.1038/s41431-018-0219-y", "self")]
    [InlineData("https://doi.org/10.1038/s41431-018-0219-y/", "self")]
    [InlineData(Passports.Bona, null)] // accepted by whom?
    public async Task Registered_access_compares_texts_and_wants_to_know_who_accepted(string value, string? by) => Assert.Empty((await _passports.ReadAsync(
        _passports.Visa(visa => Set(visa, "by", by, ("type", "AcceptedTermsAndPolicies"), ("value", value))),
        _passports.Visa(visa => (visa["type"], visa["value"]) = ("ResearcherStatus", Passports.Bona)),
        _passports.Link())).Credentials);

    [Theory]
    [InlineData("so", null, 1)]
    [InlineData("system", null, 1)]
    [InlineData("dac", null, 1)]
    [InlineData("peer", null, 0)]
    [InlineData("self", null, 0)]
    [InlineData(null, null, 0)]
    [InlineData("peer", "peer", 1)]
    [InlineData("so", "peer", 0)]
    [InlineData(null, "peer", 0)]
    public async Task Registered_access_wants_somebody_else_to_acknowledge_the_researcher(string? by, string? named, int credentials)
    {
        using var passports = new Passports(options => options.RegisteredAccessBy = named is null ? [] : [named]);

        Assert.Equal(credentials, (await passports.ReadAsync(
            passports.Visa(visa => (visa["type"], visa["value"], visa["by"]) = ("AcceptedTermsAndPolicies", Passports.Bona, "self")),
            passports.Visa(visa => Set(visa, "by", by, ("type", "ResearcherStatus"), ("value", Passports.Bona))),
            passports.Link())).Credentials.Length);
    }

    [Theory]
    [InlineData("const:so", true)]
    [InlineData("const:s", false)]
    [InlineData("pattern:s?", true)]
    [InlineData("pattern:*", true)]
    [InlineData("pattern:s*o*", true)]
    [InlineData("pattern:?", false)]
    [InlineData("pattern:S*", false)]
    [InlineData("split_pattern:so", true)]
    [InlineData("regex:so", false)]
    [InlineData("so", false)]
    [InlineData("", false)]
    public async Task A_conditional_visa_counts_where_another_meets_the_condition_in_a_way_that_is_understood(string by, bool counts)
    {
        var caller = await _passports.ReadAsync(Conditional(Conditions(by)), Other(), _passports.Link());

        Assert.Equal(counts, caller.Credentials.Length == 1);
        Assert.All(caller.Credentials, held => Assert.Equal(At(20), held.ExpiresAt));
        Assert.Empty((await _passports.ReadAsync(Conditional(Conditions(by)), _passports.Link())).Credentials);
    }

    [Fact]
    public async Task Of_several_conditions_one_list_is_enough_and_within_it_all_must_be_met()
    {
        object met = new { type = "ResearcherStatus", by = "const:so" }, unmet = new { type = "ResearcherStatus", by = "const:dac" };

        Assert.Single((await _passports.ReadAsync(Conditional(new object[] { new[] { unmet }, new[] { met } }), Other(), _passports.Link())).Credentials);
        Assert.Empty((await _passports.ReadAsync(Conditional(new object[] { new[] { met, unmet } }), Other(), _passports.Link())).Credentials);
        Assert.Single((await _passports.ReadAsync(Conditional(Array.Empty<object>()), _passports.Link())).Credentials);
    }

    [Fact]
    public async Task A_condition_is_met_by_one_visa_and_by_none_that_has_conditions_or_is_somebody_elses()
    {
        object both = new { type = "ResearcherStatus", value = "const:b", by = "const:so" };

        Assert.Empty((await _passports.ReadAsync(Conditional(new[] { new[] { both } }), Other(visa => visa["by"] = "dac"), Other(visa => visa["value"] = "c"), _passports.Link())).Credentials);
        Assert.Empty((await _passports.ReadAsync(Conditional(Conditions("const:so")), Other(visa => visa["conditions"] = Conditions("const:so")), _passports.Link())).Credentials);
        Assert.Empty((await _passports.ReadAsync(Conditional(Conditions("const:so")), _passports.Visa(
            visa => (visa["type"], visa["value"]) = ("ResearcherStatus", "b"), claims => claims["sub"] = "eve"), _passports.Link())).Credentials);
    }

    public static TheoryData<string> Misunderstood() => new(
        "null", "{}", "\"const:so\"", "[{}]", "[[]]", "[[[]]]", "[[7]]", """[[{"type":"ResearcherStatus"}]]""", """[[{"by":"const:so"}]]""",
        """[[{"type":"ResearcherStatus","asserted":"const:1"}]]""", """[[{"type":"ResearcherStatus","conditions":"const:1"}]]""",
        """[[{"type":"ResearcherStatus","by":["const:so"]}]]""", """[[{"type":"ResearcherStatus","by":"const:so"}],[{"type":"ResearcherStatus","by":"other:so"}]]""");

    [Theory]
    [MemberData(nameof(Misunderstood))]
    public async Task Conditions_that_are_not_understood_as_a_whole_take_the_visa_out(string conditions) => Assert.Empty((await _passports.ReadAsync(
        Conditional(System.Text.Json.JsonSerializer.Deserialize<object>(conditions)), Other(), _passports.Link())).Credentials);

    public void Dispose() => _passports.Dispose();

    private static object[] Conditions(string by) => [new[] { new { type = "ResearcherStatus", by } }];

    private static void Set(Dictionary<string, object?> visa, string member, string? text, params (string Name, string Value)[] others)
    {
        foreach (var (name, value) in others)
        {
            visa[name] = value;
        }

        visa[member] = text;
        if (text is null)
        {
            visa.Remove(member);
        }
    }

    private string Conditional(object? conditions) => _passports.Visa(visa => visa["conditions"] = conditions);

    /// <summary>A visa that a condition asks for, and that proves nothing by itself.</summary>
    private string Other(Action<Dictionary<string, object?>>? change = null) => _passports.Visa(
        visa =>
        {
            (visa["type"], visa["value"]) = ("ResearcherStatus", "b");
            change?.Invoke(visa);
        },
        claims => claims["exp"] = _passports.Now + 20);

    private DateTimeOffset At(int seconds) => DateTimeOffset.FromUnixTimeSeconds(_passports.Now + seconds);
}
