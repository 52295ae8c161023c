using System.Net;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using PolicyGateway.Access;
using PolicyGateway.Access.Keys;
using PolicyGateway.Identity;
using PolicyGateway.State;
using PolicyGateway.Tests.Fakes;
using PolicyGateway.Tests.Inference;

namespace PolicyGateway.Tests.Access;

/// <summary>What was taken away stays away, whatever the disk does, and whoever it was taken from.</summary>
public sealed class TakenAwayTests(AccessGateway access) : IClassFixture<AccessGateway>
{
    [Fact]
    public async Task Whose_grants_cannot_be_read_is_told_so_and_not_to_get_verified()
    {
        var (store, unreadable) = (access.Gateway.Services.GetRequiredService<IStateStore>(), new PersonRef(AccessGateway.Issuer, "unreadable"));
        Assert.True(await store.TryWriteAsync([new StateChange("grant", "grt_unreadable", 0, "[]", [new StateTag(GrantBook.HolderTag, unreadable.Key()), new StateTag("held", unreadable.Key())])], default));
        access.Gateway.Backend.Answer = context => ScriptedBackend.WriteJsonAsync(context, ScriptedBackend.Completion(KeywordClassifier.Cyber));

        var answer = await access.Gateway.SendAsync(TheGateway.Ask("hello"), access.Person("unreadable"));

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "grants_unavailable", "10"), (answer.Status, answer.Code, answer.Headers["Retry-After"]));
        access.Gateway.Backend.Answer = context => ScriptedBackend.WriteJsonAsync(context, ScriptedBackend.Completion("Hello."));
        Assert.Equal(HttpStatusCode.OK, (await access.Gateway.SendAsync(TheGateway.Ask("hello"), access.Person("unreadable"))).Status);
    }

    [Fact]
    public async Task A_grant_and_a_key_that_are_revoked_while_the_store_is_locked_count_no_more()
    {
        var person = access.Person("locked");
        await access.ApproveAsync(await access.RequestAsync(person));
        var key = (await access.PostAsync("/v1/access/keys", person, new { name = "notebook", days = 30 })).Expect(201);
        var grant = (await access.GetAsync("/v1/access/me", person)).Expect(200).Body.GetProperty("grants")[0].GetProperty("id").GetString();
        Assert.Equal(HttpStatusCode.OK, await AskAsync(person));
        Assert.Equal(HttpStatusCode.OK, await AskAsync(key.Text("key")));
        await using (var other = new SqliteConnection($"Data Source={access.Gateway.Services.GetRequiredService<IOptions<StateOptions>>().Value.File};Pooling=False"))
        {
            await other.OpenAsync();
            await using var locking = other.CreateCommand();
            locking.CommandText = "BEGIN IMMEDIATE";
            await locking.ExecuteNonQueryAsync();

            (await access.AdminAsync($"/admin/keys/{key.Body.GetProperty("record").GetProperty("id").GetString()}/revoke", access.Staff("taker", "operator"), new { reason = "Leaked." })).Expect(503);
            Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(key.Text("key")));
            (await access.AdminAsync($"/admin/grants/{grant}/revoke", access.Staff("taker", "operator"), new { reason = "Left." })).Expect(503);
            Assert.Equal(HttpStatusCode.Forbidden, await AskAsync(person));
        }

        Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(key.Text("key")));
        Assert.Equal(HttpStatusCode.Forbidden, await AskAsync(person));

        // Asked once more it is kept.
        (await access.AdminAsync($"/admin/grants/{grant}/revoke", access.Staff("taker", "operator"), new { reason = "Left." })).Expect(200);
    }

    [Fact]
    public async Task Nobody_lifts_what_stands_against_himself_or_escapes_it_by_undoing_a_join()
    {
        var (portal, client) = (access.Person("caught-portal"), access.Person("caught-client"));
        var code = (await access.PostAsync("/v1/access/identities/codes", portal)).Expect(201).Text("code");
        var join = (await access.PostAsync("/v1/access/identities", client, new { code })).Expect(201).Text("id");
        var revoked = (await access.AdminAsync("/admin/revocations", access.Staff("taker", "operator"), new
        {
            target = "credential",
            issuer = AccessGateway.Issuer,
            subject = "caught-portal",
            name = "security-professional",
            reason = "Withdrawn.",
        })).Expect(201).Text("id");

        (await access.PostAsync($"/v1/access/identities/{join}/undo", client, new { })).Expect(403);
        (await access.AdminAsync($"/admin/revocations/{revoked}/lift", access.Staff("caught-client", "operator"), new { reason = "I am fine." })).Expect(403);

        (await access.AdminAsync($"/admin/revocations/{revoked}/lift", access.Staff("taker", "operator"), new { reason = "A mistake." })).Expect(200);
        (await access.PostAsync($"/v1/access/identities/{join}/undo", client, new { })).Expect(200);
    }

    [Theory]
    [InlineData("https://development.policygateway.invalid/", "ada", null, "issuer")]
    [InlineData("https://nobody.example", "ada", null, "issuer")]
    [InlineData(AccessGateway.Issuer, "a\r\nb", null, "subject")]
    [InlineData(AccessGateway.Issuer, null, "\u001b[31m", "name")]
    public async Task What_can_name_nobody_is_not_revoked_in_vain(string issuer, string? subject, string? name, string field)
    {
        var reply = (await access.AdminAsync("/admin/revocations", access.Staff("taker", "operator"), new { target = subject is null ? "organisation" : "person", issuer, subject, name, reason = "Left." })).Expect(422);

        Assert.Contains(field, reply.Text("detail"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("2031-05-01T12:00:00Z", "2032-06-04T12:00:00+00:00")]
    [InlineData("9999-12-31T00:00:00Z", null)]
    [InlineData(null, null)]
    public async Task One_of_earlier_tokens_is_forgotten_when_none_of_them_can_be_left(string? issuedBefore, string? forgetAt)
    {
        var entry = (await access.AdminAsync("/admin/revocations", access.Staff("taker", "operator"), new
        {
            target = "person",
            issuer = AccessGateway.Issuer,
            subject = "forgotten",
            issued_before = issuedBefore,
            reason = "A token leaked.",
        })).Expect(201).Body;

        Assert.Equal(forgetAt, entry.TryGetProperty("forget_at", out var at) ? at.GetString() : null);
    }

    [Fact]
    public async Task A_key_is_replaced_by_one_of_no_more_than_its_owner_has_now()
    {
        var then = access.Gateway.TokenOf(new DevelopmentToken("registered") { Subject = "moved", Organisation = "before" });
        var now = access.Gateway.TokenOf(new DevelopmentToken("public") { Subject = "moved" });
        var id = (await access.PostAsync("/v1/access/keys", then, new { name = "notebook", days = 30 })).Expect(201).Body.GetProperty("record").GetProperty("id").GetString();

        var key = (await access.PostAsync($"/v1/access/keys/{id}/rotate", now, new { overlap_hours = 0 })).Expect(201).Body.GetProperty("record");

        Assert.Equal("public", key.GetProperty("tier").GetString());
        Assert.DoesNotContain("before", key.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_credential_that_no_token_can_carry_is_not_revoked_in_vain()
    {
        object Body(string name) => new { target = "credential", issuer = AccessGateway.Issuer, subject = "spelled", name, reason = "Lapsed." };

        Assert.StartsWith("name:", (await access.AdminAsync("/admin/revocations", access.Staff("taker", "operator"), Body("security-profesional"))).Expect(422).Text("detail"), StringComparison.Ordinal);
        (await access.AdminAsync("/admin/revocations", access.Staff("taker", "operator"), Body("security-professional"))).Expect(201);
    }

    [Theory]
    [InlineData("person")]
    [InlineData("organisation")]
    public async Task What_stands_here_of_an_issuer_that_was_removed_can_be_revoked(string target)
    {
        var (store, gone, text) = (access.Gateway.Services.GetRequiredService<IStateStore>(), $"https://gone-{target}.example", KeyText.New());
        var body = new { target, issuer = gone, subject = target == "person" ? "left-behind" : null, name = target == "person" ? null : "left-behind", reason = "It is gone." };
        (await access.AdminAsync("/admin/revocations", access.Staff("taker", "operator"), body)).Expect(422);
        var key = new ApiKey
        {
            Id = "key_of_gone_" + target,
            Hash = KeyText.HashOf(text),
            Hint = "pgk_",
            Name = "old",
            Person = target == "person" ? new PersonRef(gone, "left-behind") : null,
            Organisation = target == "person" ? null : new OrganisationRef(gone, "left-behind"),
            Tier = "registered",
            CreatedAt = DateTimeOffset.UtcNow,
            ExpiresAt = DateTimeOffset.UtcNow.AddDays(1),
        };
        Assert.True(await store.TryWriteAsync([KeyRecords.SetOf(store).Add(key.Id, key)], default));
        Assert.NotEqual(HttpStatusCode.Unauthorized, await AskAsync(text));

        (await access.AdminAsync("/admin/revocations", access.Staff("taker", "operator"), body)).Expect(201);

        Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(text));
    }

    [Fact]
    public async Task A_refusal_can_be_appealed_at_once()
    {
        var person = access.Person("quick-to-appeal");
        access.Gateway.Backend.Answer = static context => ScriptedBackend.WriteJsonAsync(context, ScriptedBackend.Completion(KeywordClassifier.Cyber));
        var refused = (await access.Gateway.SendAsync(TheGateway.Ask("hello"), person)).Headers["x-request-id"];

        (await access.PostAsync("/v1/access/appeals", person, new { decision_id = refused, statement = "It was harmless." })).Expect(201);
    }

    private async Task<HttpStatusCode> AskAsync(string token) => (await access.Gateway.SendAsync(TheGateway.Ask(KeywordClassifier.Cyber), token)).Status;
}
