using System.Text.Json;
using PolicyGateway.Access;
using PolicyGateway.Identity;
using PolicyGateway.Identity.Evidence;
using PolicyGateway.Policy;
using PolicyGateway.Tests.Policy;

namespace PolicyGateway.Tests.Identity;

/// <summary>Details of RFC 9396 in a token: they narrow it, and what cannot be read of them leaves nothing.</summary>
public sealed class AuthorizationDetailsTests : IDisposable
{
    private const string Type = "policygateway_category_access";

    private static readonly AuthorizationDetails Details = new(Type, new Uri(IdentityHost.PublicUrl));

    private readonly TestKey _key = new("k1");

    [Theory]
    [InlineData("""[{"type":"T","categories":["bio"]}]""", "bio", null)]
    [InlineData("""[{"type":"T","categories":["bio","cyber"],"project":"red"}]""", "bio cyber", "red")]
    [InlineData("""[{"type":"T","categories":["bio"],"locations":["https://gateway.example"]}]""", "bio", null)]
    [InlineData("""[{"type":"T","categories":["bio"],"locations":["https://else.example","https://gateway.example/"]}]""", "bio", null)]
    [InlineData("""[{"type":"T","categories":["bio"],"locations":["https://else.example"]}]""", "", null)]
    [InlineData("""[{"type":"T","categories":["bio"],"locations":["https://gateway.example.org"]}]""", "", null)]
    [InlineData("""[{"type":"T","categories":["bio"],"locations":["https://else.example"]},{"type":"T","categories":["cyber"],"project":"red"}]""", "cyber", "red")]
    [InlineData("""[{"type":"T","categories":["cyber"],"project":"red"},{"type":"T","categories":["bio"],"locations":["https://else.example"],"project":"blue"}]""", "cyber", "red")]
    [InlineData("""[{"type":"T","categories":["bio"]},{"type":"T","categories":["cyber"]}]""", "cyber bio", null)]
    [InlineData("""[{"type":"payment","amount":7},{"type":"T","categories":["bio"]}]""", "bio", null)]
    public void They_name_what_is_left(string details, string categories, string? project)
    {
        var narrowing = Read(details)!;

        Assert.Equal((categories, project), (string.Join(' ', narrowing.Categories), narrowing.Project));
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("""[{"type":"payment","categories":7}]""")]
    [InlineData("""[{"type":"POLICYGATEWAY_CATEGORY_ACCESS","categories":["bio"]}]""")]
    public void Those_of_other_types_narrow_nothing(string details) => Assert.Null(Read(details));

    [Theory]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("\"T\"")]
    [InlineData("7")]
    [InlineData("[[]]")]
    [InlineData("[null]")]
    [InlineData("""["T"]""")]
    [InlineData("[{}]")]
    [InlineData("""[{"type":7}]""")]
    [InlineData("""[{"type":"T"}]""")]
    [InlineData("""[{"type":"T","categories":[]}]""")]
    [InlineData("""[{"type":"T","categories":"bio"}]""")]
    [InlineData("""[{"type":"T","categories":[7]}]""")]
    [InlineData("""[{"type":"T","categories":[["bio"]]}]""")]
    [InlineData("""[{"type":"T","categories":[""]}]""")]
    [InlineData("""[{"type":"T","categories":["bio"],"project":""}]""")]
    [InlineData("""[{"type":"T","categories":["bio"],"project":["red"]}]""")]
    [InlineData("""[{"type":"T","categories":["bio"],"project":"a\nb"}]""")]
    [InlineData("""[{"type":"T","categories":["bio"],"project":null}]""")]
    [InlineData("""[{"type":"T","categories":["bio"],"locations":[]}]""")]
    [InlineData("""[{"type":"T","categories":["bio"],"locations":"https://gateway.example"}]""")]
    [InlineData("""[{"type":"T","categories":["bio"],"actions":["read"]}]""")] // a restriction that nothing here would obey
    [InlineData("""[{"type":"T","categories":["bio"]},{"type":"T"}]""")]
    [InlineData("""[{"type":"T","categories":["bio"],"project":"red"},{"type":"T","categories":["bio"],"project":"blue"}]""")]
    [InlineData("""[{"type":"T","categories":["bio"],"project":"red"},{"type":"T","categories":["bio"]}]""")]
    public void What_cannot_be_read_leaves_nothing(string details) => Assert.Same(Narrowing.Nothing, Read(details));

    [Fact]
    public void Too_many_and_too_long_ones_leave_nothing()
    {
        Assert.Same(Narrowing.Nothing, Read($"[{string.Join(',', Enumerable.Repeat("""{"type":"x"}""", 51))}]"));
        Assert.Same(Narrowing.Nothing, Read($$"""[{"type":"T","categories":["{{new string('b', 1 << 20)}}"]}]"""));
        Assert.Same(Narrowing.Nothing, Read($$"""[{"type":"T","categories":[{{string.Join(',', Enumerable.Repeat("\"bio\"", 51))}}]}]"""));
    }

    [Fact]
    public async Task A_narrowed_token_has_what_is_left_and_no_role_and_a_doubled_detail_is_no_token()
    {
        using var host = new IdentityHost(options =>
        {
            var issuer = IdentityHost.Trusting(_key);
            (issuer.RolesClaim, issuer.Roles) = ("roles", new() { ["administrator"] = ["root"] });
            options.Issuers.Add(issuer);
        });
        string Token(string details) => _key.SignText(JsonSerializer.Serialize(host.Claims(changes: ("roles", "root"))).Replace(
            "\"sub\":", details.Replace("\"T\"", $"\"{Type}\"", StringComparison.Ordinal) + "\"sub\":", StringComparison.Ordinal));

        var whole = (await host.ReadAsync(Token(""))).Caller!;
        var narrowed = (await host.ReadAsync(Token("""
            "authorization_details":[{"type":"T","categories":["bio"],"project":"red"}],
            """))).Caller!;
        var twice = await host.ReadAsync(Token("""
            "authorization_details":[{"type":"T","categories":["bio"],"categories":["cyber"]}],
            """));

        Assert.Equal((Role.Administrator, null), (whole.Roles.Single(), whole.Narrowing));
        Assert.Equal(("red", "verified"), (narrowed.Narrowing!.Project, narrowed.Tier.Name));
        Assert.Empty(narrowed.Roles);
        Assert.Equal("malformed", twice.Fault!.Reason);
    }

    [Theory]
    [InlineData("bio", ReasonCode.AllowedByClearance)]
    [InlineData("bi", ReasonCode.TokenNarrowed)]
    [InlineData("bio.culture", ReasonCode.TokenNarrowed)]
    [InlineData("biology", ReasonCode.TokenNarrowed)]
    public void A_category_that_is_not_left_is_closed_whatever_the_caller_has(string left, string reason)
    {
        var caller = ThePolicy.Someone("professional", "life-sciences") with
        {
            Acr = "phr",
            AuthTime = ThePolicy.Now,
            Narrowing = new Narrowing([left], null),
        };

        var decision = PolicyTable.DecidePrompt(ThePolicy.Load(ThePolicy.Small), caller, ThePolicy.Found("bio", PolicyGateway.Policy.Band.Flagged), false, ThePolicy.Now);

        Assert.Equal((reason, reason == ReasonCode.TokenNarrowed ? DecisionAction.Refuse : DecisionAction.Allow), (decision.Reason, decision.Action));
    }

    [Fact]
    public void Details_widen_nothing()
    {
        var caller = ThePolicy.Someone("registered") with { Narrowing = new Narrowing(["bio", "cyber", "minors"], null) };

        Assert.Equal(["adult"], PolicyTable.ClearanceOf(ThePolicy.Load(ThePolicy.Small), caller with { Narrowing = null }, ThePolicy.Now).Listed.AsEnumerable());
        Assert.Empty(PolicyTable.ClearanceOf(ThePolicy.Load(ThePolicy.Small), caller, ThePolicy.Now).Listed);
    }

    [Theory]
    [InlineData(null, false, null, true)]
    [InlineData(null, false, "red", true)]
    [InlineData("red", false, null, true)]
    [InlineData("red", false, "red", true)]
    [InlineData("red", false, "blue", false)]
    [InlineData("red", false, "Red", false)]
    [InlineData("red", true, "red", true)]
    [InlineData("red", true, "blue", false)]
    [InlineData("red", true, null, false)]
    public void A_grant_counts_for_a_tokens_project(string? granted, bool isBound, string? project, bool counts) => Assert.Equal(counts, new Grant
    {
        Id = "g",
        Categories = ["bio"],
        NotBefore = ThePolicy.Now,
        ExpiresAt = ThePolicy.Now,
        Project = granted,
        BindProject = isBound,
    }.CountsFor(project));

    public void Dispose() => _key.Dispose();

    private static Narrowing? Read(string details)
    {
        using var payload = JsonDocument.Parse($$"""{"authorization_details":{{details.Replace("\"T\"", $"\"{Type}\"", StringComparison.Ordinal)}}}""");
        return Details.Read(payload.RootElement);
    }
}
