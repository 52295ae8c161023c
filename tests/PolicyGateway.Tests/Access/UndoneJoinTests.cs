using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using PolicyGateway.Access;
using PolicyGateway.Access.Joins;
using PolicyGateway.Revocation;
using PolicyGateway.State;

namespace PolicyGateway.Tests.Access;

/// <summary>What stays of a join that was undone, and of whom: what asks for two people goes on taking them for one.</summary>
public sealed class UndoneJoinTests(JoinGateway gateway) : IClassFixture<JoinGateway>
{
    private readonly AccessGateway _access = gateway.Access;

    [Fact]
    public async Task Undoing_a_join_makes_nobody_two_people_who_approve()
    {
        var (portal, client) = (_access.Person("twice-portal"), _access.Person("twice-client"));
        var request = await _access.RequestAsync(portal);
        var others = await _access.RequestAsync(_access.Person("twice-asks"));
        await _access.AdminAsync($"/admin/requests/{others}/approve", _access.Staff("twice-portal", "approver"), new { reason = "Seen." });
        (await _access.PostAsync($"/v1/access/identities/{await gateway.JoinAsync(portal, client)}/undo", portal)).Expect(200);

        // Neither his own nor a second time, and not after it was joined to a third either.
        await gateway.JoinAsync(_access.Person("twice-third"), portal);
        foreach (var name in new[] { "twice-client", "twice-third" })
        {
            (await _access.AdminAsync($"/admin/requests/{request}/approve", _access.Staff(name, "approver"), new { reason = "It is me." })).Expect(403);
            (await _access.AdminAsync($"/admin/requests/{others}/approve", _access.Staff(name, "approver"), new { reason = "It is me." })).Expect(409);
        }

        (await _access.AdminAsync($"/admin/requests/{others}/approve", _access.Staff("twice-other", "approver"), new { reason = "Seen, too." })).Expect(200);
        var restarted = new JoinedIdentities(_access.Gateway.Services.GetRequiredService<IStateStore>());
        await restarted.LoadAsync(default);
        var (first, second) = (new PersonRef(AccessGateway.Issuer, "twice-third"), new PersonRef(AccessGateway.Issuer, "twice-client"));
        Assert.Equal((false, true), (restarted.AreOne(first, second), restarted.WereEverOne(first, second)));
    }

    [Fact]
    public async Task What_was_undone_is_exported_and_erased()
    {
        var (portal, client) = (_access.Person("past-portal"), _access.Person("past-client"));
        for (var time = 0; time < 2; time++)
        {
            (await _access.PostAsync($"/v1/access/identities/{await gateway.JoinAsync(portal, client)}/undo", client)).Expect(200);
        }

        foreach (var login in new[] { portal, client })
        {
            Assert.Empty((await _access.GetAsync("/v1/access/identities", login)).Expect(200).Items);
            var past = Assert.Single((await _access.GetAsync("/v1/access/me/export", login)).Expect(200).Body.GetProperty("identities").EnumerateArray());
            Assert.NotEqual(JsonValueKind.Null, past.GetProperty("undone_at").ValueKind);
            (await _access.PostAsync($"/v1/access/identities/{past.GetProperty("id").GetString()}/undo", login)).Expect(404);
        }

        var joined = _access.Gateway.Services.GetRequiredService<JoinedIdentities>();
        Assert.True(joined.WereEverOne(new PersonRef(AccessGateway.Issuer, "past-portal"), new PersonRef(AccessGateway.Issuer, "past-client")));
        var erased = (await _access.AdminAsync("/admin/privacy/erase", _access.Staff("erases", "administrator"), new { issuer = AccessGateway.Issuer, subject = "past-portal", reason = "Asked to." })).Expect(200);
        Assert.Equal(1, erased.Body.GetProperty("records").GetProperty("identities").GetInt32());
        Assert.False(joined.WereEverOne(new PersonRef(AccessGateway.Issuer, "past-portal"), new PersonRef(AccessGateway.Issuer, "past-client")));
        Assert.Empty(await joined.UndoneAsync(new PersonRef(AccessGateway.Issuer, "past-client"), default));
    }

    [Fact]
    public async Task A_revoked_credential_does_not_come_back_by_erasing_the_login_that_it_was_revoked_of()
    {
        await gateway.JoinAsync(_access.Person("kept-from-portal"), _access.Person("kept-from-client"));
        var target = new { target = "credential", issuer = AccessGateway.Issuer, subject = "kept-from-portal", name = "security-professional", reason = "Lapsed." };
        (await _access.AdminAsync("/admin/revocations", _access.Staff("takes", "operator"), target)).Expect(201);
        (await _access.AdminAsync("/admin/privacy/erase", _access.Staff("erases", "administrator"), new { issuer = AccessGateway.Issuer, subject = "kept-from-portal", reason = "Asked to." })).Expect(200);

        var entry = Assert.Single(_access.Gateway.Services.GetRequiredService<Revocations>().AllAgainst(new PersonRef(AccessGateway.Issuer, "kept-from-client")));
        Assert.Equal((RevocationTarget.Credential, "security-professional"), (entry.Target, entry.Name));
    }
}
