using System.Net;
using PolicyGateway.Audit;
using PolicyGateway.Demo;
using PolicyGateway.Tests.Fakes;
using PolicyGateway.Tests.Identity;
using PolicyGateway.Tests.Inference;

namespace PolicyGateway.Tests.Access;

/// <summary>Grants of a project, and tokens that are for one, over real HTTP.</summary>
public sealed class ProjectTests : IAsyncLifetime, IDisposable
{
    private const string Issuer = "https://issuer.example";

    private readonly TestKey _key = new("k1");
    private readonly AccessGateway _access = new();

    public async Task InitializeAsync()
    {
        foreach (var (key, value) in DemoConfiguration.Flatten("Identity:Issuers:1", IdentityHost.Trusting(_key, Issuer)))
        {
            _access.Gateway.Settings[key] = value;
        }

        await _access.InitializeAsync();
    }

    public Task DisposeAsync() => _access.DisposeAsync();

    public void Dispose() => _key.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_request_of_a_project_becomes_a_grant_that_is_bound_to_it_where_an_approver_says_so(bool bound)
    {
        var (ada, subject) = (Token("ada"), "ada");
        var request = await _access.RequestAsync(ada);
        (await _access.AdminAsync($"/admin/requests/{request}/approve", _access.Staff("first", "approver"), new { reason = "Seen.", bind_project = bound })).Expect(200);
        (await _access.AdminAsync($"/admin/requests/{request}/approve", _access.Staff("second", "approver"), new { reason = "Seen." })).Expect(200);

        Assert.Equal(bound, (await _access.GetAsync($"/v1/access/requests/{request}", ada)).Expect(200).Body.GetProperty("bind_project").GetBoolean());
        Assert.Equal(bound ? "project_token_required" : "", await AskAsync(ada));
        Assert.Equal("", await AskAsync(Token(subject, "Red team 2031", "cyber")));
        Assert.Equal("project_token_required", await AskAsync(Token(subject, "Blue team", "cyber")));
        Assert.Equal("token_narrowed", await AskAsync(Token(subject, "Red team 2031", "fraud")));
        Assert.Equal("verification_required", await AskAsync(Token("eve", "Red team 2031", "cyber")));
    }

    [Fact]
    public async Task An_administrator_binds_a_grant_to_a_project_that_he_names()
    {
        var draft = new Dictionary<string, object>
        {
            ["person"] = new { issuer = Issuer, subject = "bob" },
            ["categories"] = new[] { "other" },
            ["days"] = 3,
            ["reason"] = "By contract.",
            ["bind_project"] = true,
        };
        (await _access.AdminAsync("/admin/grants", _access.Staff("root", "administrator"), draft)).Expect(422);
        draft["project"] = "Red";
        var grant = (await _access.AdminAsync("/admin/grants", _access.Staff("root", "administrator"), draft)).Expect(201);

        Assert.True(grant.Body.GetProperty("bind_project").GetBoolean());
        var me = (await _access.GetAsync("/v1/access/me", Token("bob", "Red", "other"))).Expect(200);
        Assert.Equal("Red", me.Body.GetProperty("narrowing").GetProperty("project").GetString());
        Assert.Single(me.Body.GetProperty("grants").EnumerateArray());
        Assert.Empty(me.Body.GetProperty("grants_for_projects").EnumerateArray());

        // Whoever has another token is told that there is one, and for what.
        var other = (await _access.GetAsync("/v1/access/me", Token("bob"))).Expect(200).Body;
        Assert.Empty(other.GetProperty("grants").EnumerateArray());
        var bound = Assert.Single(other.GetProperty("grants_for_projects").EnumerateArray());
        Assert.Equal(("Red", true), (bound.GetProperty("project").GetString(), bound.GetProperty("bind_project").GetBoolean()));
    }

    [Fact]
    public async Task A_narrowed_token_reads_and_changes_nothing()
    {
        var narrowed = Token("carol", "Red", "cyber");

        (await _access.GetAsync("/v1/access/keys", narrowed)).Expect(200);
        (await _access.PostAsync("/v1/access/keys", narrowed, new { name = "loot", days = 30 })).Expect(403);
        (await _access.PostAsync("/v1/access/requests", narrowed, new { categories = new[] { "cyber" }, project = "Red", purpose = "More.", days = 1 })).Expect(403);
        (await _access.PostAsync("/v1/access/keys", Token("carol"), new { name = "mine", days = 30 })).Expect(201);
    }

    [Fact]
    public async Task The_record_names_the_project_and_the_chain_verifies()
    {
        await AskAsync(Token("dan", "Project 7", "cyber"));

        var options = new AuditOptions().ResolvePaths(_access.Gateway.Folder);
        await _access.Gateway.StopAsync();
        using var key = VerifyingKey.Load(options.SigningKeyFile + ".pub");
        var keys = new Dictionary<string, VerifyingKey>(StringComparer.Ordinal) { [key.Id] = key };

        Assert.Contains(AuditReader.Read(options.File, new AuditFilter(null, null, null, null, 1_000)), static row => row.Text("project") == "Project 7");
        Assert.Empty(AuditVerifier.Verify(options.File, keys, []).Faults);
    }

    private async Task<string> AskAsync(string token)
    {
        var answer = await _access.Gateway.SendAsync(TheGateway.Ask(KeywordClassifier.Cyber), token);
        return answer.Status == HttpStatusCode.OK ? "" : answer.Code;
    }

    private string Token(string subject, string? project = null, params string[] categories)
    {
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        var claims = new Dictionary<string, object?>
        {
            ["iss"] = Issuer,
            ["aud"] = IdentityHost.Audience,
            ["sub"] = subject,
            ["iat"] = now,
            ["exp"] = now + 600,
            ["tier"] = "registered",
        };
        if (project is not null)
        {
            claims["authorization_details"] = new[] { new { type = "policygateway_category_access", categories, project } };
        }

        return _key.Sign(claims);
    }
}
