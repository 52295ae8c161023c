using System.Net;
using Microsoft.Extensions.DependencyInjection;
using PolicyGateway.Access;
using PolicyGateway.Bundles;
using PolicyGateway.Demo;
using PolicyGateway.Revocation;
using PolicyGateway.Tests.Identity;
using PolicyGateway.Tests.Inference;
using PolicyGateway.Tests.Revocation;

namespace PolicyGateway.Tests.Access;

/// <summary>
/// The promise of the gateway as one table: what somebody's evidence is like, what the text is, and what comes of it. Every cell is a
/// real token of a real issuer and a request over real HTTP.
/// </summary>
public sealed class TruthTableTests : IAsyncLifetime, IDisposable
{
    /// <summary>
    /// cyber wants a credential of today; bio a visa that says who asserted it, and a login that cannot be phished; fraud a tier and
    /// such a login; privacy a grant, which is bound to the project "red". In doubt: cyber and privacy hold, bio and fraud refuse.
    /// </summary>
    private const string Policy = """
        {
          "name": "truth", "anonymous": "allow",
          "severity": [ { "severity": "prohibited", "head": "prohibited", "at_least": 0.7 } ],
          "categories": {
            "cyber": { "requires": { "tier": "verified", "any_of": ["security-professional"], "credential_max_age": 86400 }, "prompt": { "uncertain": "hold" } },
            "bio": { "requires": { "tier": "verified", "any_of": ["life-sciences"], "credential_max_age": 86400, "credential_assurance": ["affiliated"], "acr_values": ["phr"], "max_age": 600 } },
            "fraud": { "requires": { "tier": "verified", "any_of": [], "acr_values": ["phr"] } },
            "privacy": { "requires": { "tier": "professional", "any_of": ["journalist"] }, "prompt": { "uncertain": "hold" } },
            "other": { "head": "flagged", "fallback": true }
          }
        }
        """;

    /// <summary>
    /// ok: answered. verify, old, narrowed, project, never: 403 for want of evidence, for its age, for the token's details, for the
    /// project that they do not name, for everybody.
    /// login: 401, another login opens it. token: 401, the token counts for nothing.
    /// </summary>
    private const string Table = """
        evidence           text         cyber     bio       fraud     privacy
        valid              benign       ok        ok        ok        ok
        valid              uncertain    ok        ok        ok        ok
        valid              flagged      ok        ok        ok        ok
        valid              prohibited   never     never     never     never
        none               benign       ok        ok        ok        ok
        none               uncertain    ok        verify    verify    ok
        none               flagged      verify    verify    verify    verify
        none               prohibited   never     never     never     never
        expired            benign       ok        ok        ok        ok
        expired            uncertain    ok        verify    ok        ok
        expired            flagged      verify    verify    ok        verify
        expired            prohibited   never     never     never     never
        expired-token      benign       token     token     token     token
        expired-token      uncertain    token     token     token     token
        expired-token      flagged      token     token     token     token
        expired-token      prohibited   token     token     token     token
        revoked            benign       ok        ok        ok        ok
        revoked            uncertain    ok        verify    ok        ok
        revoked            flagged      verify    verify    ok        verify
        revoked            prohibited   never     never     never     never
        suspended          benign       token     token     token     token
        suspended          uncertain    token     token     token     token
        suspended          flagged      token     token     token     token
        suspended          prohibited   token     token     token     token
        unknown-issuer     benign       token     token     token     token
        unknown-issuer     uncertain    token     token     token     token
        unknown-issuer     flagged      token     token     token     token
        unknown-issuer     prohibited   token     token     token     token
        unknown-visa       benign       ok        ok        ok        ok
        unknown-visa       uncertain    ok        verify    ok        ok
        unknown-visa       flagged      ok        verify    ok        ok
        unknown-visa       prohibited   never     never     never     never
        missing-by         benign       ok        ok        ok        ok
        missing-by         uncertain    ok        verify    ok        ok
        missing-by         flagged      ok        verify    ok        ok
        missing-by         prohibited   never     never     never     never
        too-old            benign       ok        ok        ok        ok
        too-old            uncertain    ok        old       ok        ok
        too-old            flagged      old       old       ok        ok
        too-old            prohibited   never     never     never     never
        undated            benign       ok        ok        ok        ok
        undated            uncertain    ok        ok        ok        ok
        undated            flagged      old       ok        ok        ok
        undated            prohibited   never     never     never     never
        weak-acr           benign       ok        ok        ok        ok
        weak-acr           uncertain    ok        login     login     ok
        weak-acr           flagged      ok        login     login     ok
        weak-acr           prohibited   never     never     never     never
        stale-login        benign       ok        ok        ok        ok
        stale-login        uncertain    ok        login     ok        ok
        stale-login        flagged      ok        login     ok        ok
        stale-login        prohibited   never     never     never     never
        wrong-project      benign       ok        ok        ok        ok
        wrong-project      uncertain    ok        ok        ok        ok
        wrong-project      flagged      ok        ok        ok        project
        wrong-project      prohibited   never     never     never     never
        no-project         benign       ok        ok        ok        ok
        no-project         uncertain    ok        ok        ok        ok
        no-project         flagged      ok        ok        ok        project
        no-project         prohibited   never     never     never     never
        narrowed           benign       ok        ok        ok        ok
        narrowed           uncertain    ok        narrowed  narrowed  ok
        narrowed           flagged      ok        narrowed  narrowed  narrowed
        narrowed           prohibited   never     never     never     never
        broken-details     benign       ok        ok        ok        ok
        broken-details     uncertain    ok        narrowed  narrowed  ok
        broken-details     flagged      narrowed  narrowed  narrowed  project
        broken-details     prohibited   never     never     never     never
        """;

    private static readonly string[] Categories = ["cyber", "bio", "fraud", "privacy"];

    private readonly TheGateway _gateway = new() { PolicyText = Policy };
    private readonly Passports _people = new();
    private readonly TestKey _stranger = new("broker");
    private StatusListServer _statuses = null!;

    public async Task InitializeAsync()
    {
        _statuses = await StatusListServer.StartAsync();
        var issuer = _people.Host.Options.Issuers[0];
        issuer.StatusListUris = [_statuses.Address + "/lists"];
        foreach (var (key, value) in DemoConfiguration.Flatten("Identity:Issuers:1", issuer))
        {
            _gateway.Settings[key] = value;
        }

        // The first token's status is valid, the second's suspended.
        _statuses.Answer = () => StatusListServer.Sign(
            _people.BrokerKey, _statuses.Claims(DateTimeOffset.UtcNow, new { bits = 2, lst = StatusListServer.Pack([0b1000]) }, ("iss", Passports.Broker)));
        _gateway.Changes = static services => services.AddSingleton(new ClassifierStore(new BandClassifier()));
        await _gateway.InitializeAsync();
        await RevokeAsync("security-professional");
        await RevokeAsync("life-sciences");
        foreach (var subject in Table.Split('\n').Skip(1).Select(static row => row.Split(' ')[0]).Distinct().Except(["none", "expired", "revoked"]))
        {
            await GrantAsync(subject);
        }
    }

    public async Task DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _statuses.DisposeAsync();
    }

    public void Dispose()
    {
        _people.Dispose();
        _stranger.Dispose();
    }

    [Fact]
    public async Task Every_cell_is_what_the_table_says()
    {
        var declared = Table.Split('\n').Skip(1).Select(static row => string.Join(' ', row.Split(' ', StringSplitOptions.RemoveEmptyEntries))).ToArray();
        var found = new List<string>();
        foreach (var row in declared)
        {
            var (evidence, text) = (row.Split(' ')[0], row.Split(' ')[1]);
            var cells = new List<string> { evidence, text };
            foreach (var category in Categories)
            {
                cells.Add(await CellAsync(evidence, $"{category}-{text}"));
            }

            found.Add(string.Join(' ', cells));
        }

        Assert.Equal(declared, found);
        Assert.Equal(17 * 4, declared.Distinct().Count());
    }

    [Fact]
    public async Task Who_has_to_renew_a_credential_is_told_which_and_sent_to_no_login()
    {
        var answer = await _gateway.SendAsync(TheGateway.Ask("cyber-flagged"), TokenOf("too-old"));

        Assert.Equal("credential_too_old", answer.Code);
        Assert.Contains("Renew it with its issuer", answer.Error.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal("security-professional", Assert.Single(answer.Error.GetProperty("required_credentials").EnumerateArray()).GetString());
        Assert.DoesNotContain("WWW-Authenticate", answer.Headers.Keys, StringComparer.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_policy_publishes_how_fresh_a_credential_must_be()
    {
        var metadata = await _gateway.Client.GetStringAsync("/.well-known/oauth-protected-resource");

        Assert.Contains("\"credential_max_age\":86400", metadata, StringComparison.Ordinal);
        Assert.Contains("\"authorization_details_types_supported\":[\"policygateway_category_access\"]", metadata, StringComparison.Ordinal);
    }

    private async Task<string> CellAsync(string evidence, string text)
    {
        var answer = await _gateway.SendAsync(TheGateway.Ask(text), TokenOf(evidence));
        return (answer.Status, answer.Status == HttpStatusCode.OK ? "" : answer.Code) switch
        {
            (HttpStatusCode.OK, _) => "ok",
            (HttpStatusCode.Forbidden, "verification_required") => "verify",
            (HttpStatusCode.Forbidden, "credential_too_old") => "old",
            (HttpStatusCode.Forbidden, "token_narrowed") => "narrowed",
            (HttpStatusCode.Forbidden, "project_token_required") => "project",
            (HttpStatusCode.Forbidden, "prohibited_content") => "never",
            (HttpStatusCode.Unauthorized, "insufficient_user_authentication") => "login",
            (HttpStatusCode.Unauthorized, "invalid_token") => "token",
            var (status, code) => $"{(int)status}:{code}",
        };
    }

    /// <summary>A token with everything, and one thing wrong with it.</summary>
    private string TokenOf(string evidence)
    {
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        var claims = new Dictionary<string, object?>
        {
            ["iss"] = Passports.Broker,
            ["aud"] = IdentityHost.Audience,
            ["sub"] = evidence,
            ["iat"] = now,
            ["exp"] = now + 600,
            ["tier"] = "verified",
            ["acr"] = "phr",
            ["auth_time"] = now - 10,
            ["credentials"] = new[] { new { name = "security-professional", time = now - 100, exp = now + 600 } },
            ["authorization_details"] = Details(["cyber", "bio", "fraud", "privacy"], "red"),
            ["status"] = new { status_list = new { uri = _statuses.Uri, idx = 0 } },
        };
        var visa = _people.Claims(
            signed => (signed["iss"], signed["sub"], signed["iat"], signed["exp"]) = (Passports.Broker, evidence, now, now + 600),
            said => (said["source"], said["asserted"]) = (Passports.Broker, now - 100));
        var assertion = (Dictionary<string, object?>)visa["ga4gh_visa_v1"]!;
        var (key, visaKey) = (_people.BrokerKey, _people.BrokerKey);
        switch (evidence)
        {
            case "none": (claims["tier"], claims["credentials"], visa["exp"]) = ("registered", null, now); break;
            case "expired": (claims["credentials"], visa["exp"]) = (new[] { new { name = "security-professional", time = now - 100, exp = now } }, now); break;
            case "expired-token": claims["exp"] = now - 120; break;
            case "suspended": claims["status"] = new { status_list = new { uri = _statuses.Uri, idx = 1 } }; break;
            case "unknown-issuer": (claims["iss"], key) = ("https://unknown.example", _stranger); break;
            case "unknown-visa": visaKey = _stranger; break;
            case "missing-by": assertion.Remove("by"); break;
            case "too-old": (claims["credentials"], assertion["asserted"]) = (new[] { new { name = "security-professional", time = now - 90_000 } }, now - 90_000); break;
            case "undated": claims["credentials"] = new[] { "security-professional" }; break;
            case "weak-acr": claims["acr"] = "pwd"; break;
            case "stale-login": claims["auth_time"] = now - 700; break;
            case "wrong-project": claims["authorization_details"] = Details(["cyber", "bio", "fraud", "privacy"], "blue"); break;
            case "no-project": claims.Remove("authorization_details"); break;
            case "narrowed": claims["authorization_details"] = Details(["cyber"], "red"); break;
            case "broken-details": claims["authorization_details"] = "everything"; break;
        }

        claims["ga4gh_passport_v1"] = new[] { visaKey.Sign(visa, new { alg = "ES256", typ = "JWT", kid = visaKey.KeyId }) };
        return key.Sign(claims);
    }

    private static object[] Details(string[] categories, string project) => [new { type = "policygateway_category_access", categories, project }];

    private async Task RevokeAsync(string credential) => await _gateway.Services.GetRequiredService<Revocations>().RevokeAsync(
        new RevocationEntry
        {
            Id = "rev_" + credential,
            Target = RevocationTarget.Credential,
            Issuer = Passports.Broker,
            Subject = "revoked",
            Name = credential,
            At = DateTimeOffset.UtcNow,
            By = "an operator",
            Reason = "The licence was withdrawn.",
        },
        CancellationToken.None);

    private async Task GrantAsync(string subject)
    {
        var (grants, now) = (_gateway.Services.GetRequiredService<GrantBook>(), DateTimeOffset.UtcNow);
        var grant = new Grant
        {
            Id = "grt_" + subject,
            Person = new PersonRef(Passports.Broker, subject),
            Categories = ["privacy"],
            Project = "red",
            BindProject = true,
            NotBefore = now.AddSeconds(-5),
            ExpiresAt = now.AddDays(1),
        };
        Assert.True(await grants.TryWriteAsync(grant.Holder(), [grants.Set.Add(grant.Id, grant)], CancellationToken.None));
    }
}
