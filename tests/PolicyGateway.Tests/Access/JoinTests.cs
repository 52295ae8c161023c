using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using PolicyGateway.Access;
using PolicyGateway.Access.Joins;
using PolicyGateway.State;
using PolicyGateway.Tests.Fakes;
using PolicyGateway.Tests.Inference;

namespace PolicyGateway.Tests.Access;

/// <summary>Two subjects of one person: joined by proof of both, one person for all that counts, and two again when it is undone.</summary>
public sealed class JoinTests(JoinGateway gateway) : IClassFixture<JoinGateway>
{
    private readonly AccessGateway _access = gateway.Access;

    [Fact]
    public async Task Grants_requests_decisions_and_appeals_of_both_are_one_person_s()
    {
        var (portal, client) = (_access.Person("ada-portal"), _access.Person("ada-client"));
        var refused = await _access.RefusedAsync(client);
        var request = await _access.RequestAsync(portal);
        await _access.ApproveAsync(request);
        (await _access.GetAsync($"/v1/access/requests/{request}", client)).Expect(404);
        Assert.Equal(HttpStatusCode.Forbidden, await AskAsync(client));

        var join = await gateway.JoinAsync(portal, client);

        Assert.Equal(HttpStatusCode.OK, await AskAsync(client));
        Assert.Equal("approved", (await _access.GetAsync($"/v1/access/requests/{request}", client)).Expect(200).Text("status"));
        var second = await _access.RequestAsync(client);
        foreach (var login in new[] { portal, client })
        {
            Assert.Equal([second, request], (await _access.GetAsync("/v1/access/requests", login)).Expect(200).Items.Select(static item => item.GetProperty("id").GetString()));
            Assert.Equal([second], (await _access.GetAsync("/v1/access/requests?limit=1", login)).Expect(200).Items.Select(static item => item.GetProperty("id").GetString()));
            Assert.Contains(refused, (await _access.GetAsync("/v1/access/decisions", login)).Expect(200).Items.Select(static item => item.GetProperty("id").GetString()));
            Assert.Equal(2, (await _access.GetAsync("/v1/access/me/export", login)).Expect(200).Body.GetProperty("requests").GetArrayLength());
        }

        // The portal's login appeals against what the client was refused.
        var appeal = (await _access.PostAsync("/v1/access/appeals", portal, new { decision_id = refused, statement = "I test my own systems." })).Expect(201).Text("id");
        (await _access.GetAsync($"/v1/access/appeals/{appeal}", client)).Expect(200);
        (await _access.AdminAsync($"/admin/appeals/{appeal}/decide", _access.Staff("ada-client", "approver"), new { status = "upheld", reason = "It is me." })).Expect(403);
        Assert.Single((await _access.GetAsync("/v1/access/identities", portal)).Expect(200).Items);

        (await _access.PostAsync($"/v1/access/identities/{join}/undo", portal)).Expect(200);

        Assert.Equal(HttpStatusCode.Forbidden, await AskAsync(client));
        Assert.Equal(HttpStatusCode.OK, await AskAsync(portal));
        Assert.Equal([second], (await _access.GetAsync("/v1/access/requests", client)).Expect(200).Items.Select(static item => item.GetProperty("id").GetString()));
        Assert.Empty((await _access.GetAsync("/v1/access/identities", client)).Expect(200).Items);
        (await _access.PostAsync($"/v1/access/identities/{join}/undo", portal)).Expect(404);
    }

    [Fact]
    public async Task A_code_counts_once_and_for_what_it_says()
    {
        var (portal, client) = (_access.Person("once-portal"), _access.Person("once-client"));
        var code = await gateway.CodeAsync(portal);

        await gateway.BringAsync(client, code, 201);
        await gateway.BringAsync(_access.Person("once-thief"), code, 422);
        await gateway.BringAsync(client, code, 422);
        await gateway.BringAsync(client, "pgj_" + new string('A', 43), 422);
        await gateway.BringAsync(client, null, 422);

        // A new code ends the one before.
        var (before, now) = (await gateway.CodeAsync(portal), await gateway.CodeAsync(portal));
        await gateway.BringAsync(_access.Person("once-other"), before, 422);
        await gateway.BringAsync(_access.Person("once-other"), now, 201);
        (await _access.PostAsync("/v1/access/identities/codes", null)).Expect(401);
        await gateway.BringAsync(null, await gateway.CodeAsync(portal), 401);
    }

    [Fact]
    public void A_code_ends_after_five_minutes()
    {
        var clock = new FakeTimeProvider();
        var (codes, ada) = (new JoinCodes(clock), new PersonRef(JoinGateway.OtherIssuer, "ada"));
        var (first, second) = (codes.New(ada)!, codes.New(new PersonRef(JoinGateway.OtherIssuer, "bob"))!);

        clock.Advance(TimeSpan.FromSeconds(299));
        Assert.Equal(ada, codes.Take(first.Code)?.Person);
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(codes.Take(second.Code));
        Assert.Equal(clock.GetUtcNow(), second.ExpiresAt);
    }

    [Fact]
    public async Task What_is_no_second_login_of_the_same_issuer_is_not_joined()
    {
        var (portal, client) = (_access.Person("rules-portal"), _access.Person("rules-client"));
        await gateway.BringAsync(portal, await gateway.CodeAsync(portal), 409);
        await gateway.BringAsync(gateway.TokenOf("rules-stranger"), await gateway.CodeAsync(portal), 403);
        await gateway.BringAsync(client, await gateway.CodeAsync(portal), 201);

        // Joined already, be it to this one, to another, or as the one that others are joined to.
        await gateway.BringAsync(client, await gateway.CodeAsync(portal), 409);
        await gateway.BringAsync(client, await gateway.CodeAsync(_access.Person("rules-other")), 409);
        await gateway.BringAsync(portal, await gateway.CodeAsync(_access.Person("rules-other")), 409);

        // A third is joined to the first, whichever of the two made the code.
        await gateway.BringAsync(_access.Person("rules-third"), await gateway.CodeAsync(client), 201);
        Assert.Equal(2, (await _access.GetAsync("/v1/access/identities", portal)).Expect(200).Items.Length);
        (await _access.PostAsync("/v1/access/identities/codes", await KeyAsync(client))).Expect(403);
    }

    [Fact]
    public async Task Nobody_who_is_revoked_joins_and_revoking_one_revokes_the_other()
    {
        var (portal, client) = (_access.Person("gone-portal"), _access.Person("gone-client"));
        var code = await gateway.CodeAsync(portal);
        var revoked = await RevokeAsync("gone-portal");
        await gateway.BringAsync(client, code, 403);
        (await _access.AdminAsync($"/admin/revocations/{revoked}/lift", _access.Staff("takes", "operator"), new { reason = "A mistake." })).Expect(200);

        await gateway.JoinAsync(portal, client);
        Assert.Equal(HttpStatusCode.OK, await AskAsync(client, "Hello."));
        await RevokeAsync("gone-portal");
        Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(client, "Hello."));
        (await _access.GetAsync("/v1/access/identities", client)).Expect(401);

        // Who was revoked and is erased does not come back as the other.
        (await _access.AdminAsync("/admin/privacy/erase", _access.Staff("erases", "administrator"), new { issuer = AccessGateway.Issuer, subject = "gone-portal", reason = "Asked to." })).Expect(200);
        Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(client, "Hello."));
        Assert.Empty((await _access.AdminAsync($"/admin/identities?issuer={AccessGateway.Issuer}&subject=gone-client", _access.Staff("looks", "auditor"))).Expect(200).Items);
    }

    [Theory]
    [InlineData("person")]
    [InlineData("operator")]
    [InlineData("revoked")]
    public async Task What_a_join_opened_ends_at_once_in_mid_stream(string by)
    {
        var (portal, client) = (_access.Person("mid-portal-" + by), _access.Person("mid-client-" + by));
        await _access.ApproveAsync(await _access.RequestAsync(portal));
        var join = await gateway.JoinAsync(portal, client);

        var rest = await _access.StreamUntilAsync(client, () => by switch
        {
            "person" => _access.PostAsync($"/v1/access/identities/{join}/undo", client),
            "operator" => _access.AdminAsync($"/admin/identities/{join}/undo", _access.Staff("undoes", "operator"), new { reason = "It was not his." }),
            _ => RevokeAsync("mid-portal-" + by),
        });

        Assert.DoesNotContain("marker", rest, StringComparison.Ordinal);
        Assert.NotEqual(HttpStatusCode.OK, await AskAsync(client));
    }

    [Fact]
    public async Task Two_logins_of_one_person_are_one_approver_who_decides_nothing_of_his_own()
    {
        var (portal, client) = (_access.Staff("two-portal", "approver"), _access.Staff("two-client", "approver"));
        await gateway.JoinAsync(_access.Person("two-portal"), _access.Person("two-client"));
        var (own, of) = (await _access.RequestAsync(_access.Person("two-portal")), await _access.RequestAsync(_access.Person("somebody")));

        (await _access.AdminAsync($"/admin/requests/{own}/approve", client, new { reason = "It is me." })).Expect(403);
        (await _access.AdminAsync($"/admin/requests/{of}/approve", portal, new { reason = "Seen." })).Expect(200);
        (await _access.AdminAsync($"/admin/requests/{of}/approve", client, new { reason = "Seen again." })).Expect(409);
        (await _access.AdminAsync("/admin/grants", _access.Staff("two-client", "administrator"), new
        {
            person = new { issuer = AccessGateway.Issuer, subject = "two-portal" },
            categories = new[] { "other" },
            days = 1,
            reason = "It is me.",
        })).Expect(403);
    }

    [Fact]
    public async Task Words_of_two_approvers_who_turn_out_to_be_one_are_one_word()
    {
        var request = await _access.RequestAsync(_access.Person("asks-first"));
        (await _access.AdminAsync($"/admin/requests/{request}/approve", _access.Staff("late-one", "approver"), new { reason = "Seen." })).Expect(200);
        await gateway.JoinAsync(_access.Person("late-one"), _access.Person("late-two"));

        (await _access.AdminAsync($"/admin/requests/{request}/approve", _access.Staff("late-two", "approver"), new { reason = "Seen." })).Expect(409);
        Assert.Equal("approved", (await _access.AdminAsync($"/admin/requests/{request}/approve", _access.Staff("late-three", "approver"), new { reason = "Seen." })).Expect(200).Text("status"));
    }

    [Fact]
    public async Task Only_the_person_and_operators_undo_a_join_and_the_audit_has_both_pseudonyms()
    {
        var (portal, client) = (_access.Person("audited-portal"), _access.Person("audited-client"));
        var join = await gateway.JoinAsync(portal, client);
        (await _access.PostAsync($"/v1/access/identities/{join}/undo", _access.Person("audited-eve"))).Expect(404);
        (await _access.AdminAsync($"/admin/identities/{join}/undo", _access.Staff("looks", "auditor"), new { reason = "No." })).Expect(403);
        (await _access.AdminAsync($"/admin/identities/{join}/undo", _access.Staff("undoes", "operator"), new { reason = "" })).Expect(422);
        (await _access.AdminAsync($"/admin/identities/{join}/undo", _access.Staff("undoes", "operator"), new { reason = "It was not his." })).Expect(200);

        var records = (await _access.AdminAsync("/admin/audit?event=identity.joined", _access.Staff("looks", "auditor"))).Expect(200).Items
            .Concat((await _access.AdminAsync("/admin/audit?event=identity.undone", _access.Staff("looks", "auditor"))).Expect(200).Items)
            .Where(item => item.GetProperty("target").GetString() == join).ToArray();

        Assert.Equal(["audited-client", "undoes"], records.Select(static item => item.GetProperty("subject").GetString()));
        foreach (var record in records.Select(static item => item.GetProperty("record")))
        {
            Assert.NotEqual(record.GetProperty("joined").GetString(), record.GetProperty("joined_to").GetString());
            Assert.DoesNotContain("audited-", record.GetRawText(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task No_client_learns_the_subject_of_the_other()
    {
        var (portal, client) = (_access.Person("pairwise-portal"), _access.Person("pairwise-client"));
        await gateway.JoinAsync(portal, client);
        await _access.RequestAsync(portal);

        foreach (var path in new[] { "identities", "me", "requests", "me/export" })
        {
            Assert.DoesNotContain("pairwise-portal", (await _access.GetAsync("/v1/access/" + path, client)).Expect(200).Body.GetRawText(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_restart_forgets_no_join()
    {
        await gateway.JoinAsync(_access.Person("kept-portal"), _access.Person("kept-client"));
        var restarted = new JoinedIdentities(_access.Gateway.Services.GetRequiredService<IStateStore>());

        await restarted.LoadAsync(default);

        Assert.True(restarted.AreOne(new PersonRef(AccessGateway.Issuer, "kept-portal"), new PersonRef(AccessGateway.Issuer, "kept-client")));
        Assert.False(restarted.AreOne(new PersonRef(AccessGateway.Issuer, "kept-portal"), new PersonRef(JoinGateway.OtherIssuer, "kept-client")));
    }

    private async Task<string> KeyAsync(string token) => (await _access.PostAsync("/v1/access/keys", token, new { name = "notebook", days = 1 })).Expect(201).Text("key");

    private async Task<string> RevokeAsync(string subject) => (await _access.AdminAsync("/admin/revocations", _access.Staff("takes", "operator"), new
    {
        target = "person",
        issuer = AccessGateway.Issuer,
        subject,
        reason = "Left.",
    })).Expect(201).Text("id");

    private async Task<HttpStatusCode> AskAsync(string token, string completion = KeywordClassifier.Cyber)
    {
        _access.Gateway.Backend.Answer = context => ScriptedBackend.WriteJsonAsync(context, ScriptedBackend.Completion(completion));
        return (await _access.Gateway.SendAsync(TheGateway.Ask("hello"), token)).Status;
    }
}
