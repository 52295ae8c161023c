using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using PolicyGateway.Access.Keys;
using PolicyGateway.Identity;
using PolicyGateway.State;
using PolicyGateway.Tests.Fakes;
using PolicyGateway.Tests.Inference;

namespace PolicyGateway.Tests.Access;

public sealed class ApiKeyTests(AccessGateway access) : IClassFixture<AccessGateway>
{
    [Fact]
    public void A_key_is_spelled_so_that_scanners_find_it_and_typing_errors_show()
    {
        var key = KeyText.New();

        Assert.StartsWith("pgk_", key, StringComparison.Ordinal);
        Assert.True(KeyText.IsSpelled(key));
        Assert.NotEqual(key, KeyText.New());
        for (var i = 0; i < key.Length; i++)
        {
            Assert.False(KeyText.IsSpelled(key[..i] + (key[i] == 'x' ? 'y' : 'x') + key[(i + 1)..]), $"a change at {i}");
        }
    }

    [Fact]
    public async Task A_key_asks_as_its_owner_and_only_its_hash_is_kept()
    {
        var made = (await access.PostAsync("/v1/access/keys", access.Person("keeper"), new { name = "notebook", days = 30 })).Expect(201);
        var key = made.Text("key");

        Assert.Equal(HttpStatusCode.OK, await AskAsync(key, "Hello."));
        Assert.Equal(HttpStatusCode.Forbidden, await AskAsync(key, KeywordClassifier.Cyber));
        await access.ApproveAsync(await access.RequestAsync(access.Person("keeper")));
        Assert.Equal(HttpStatusCode.OK, await AskAsync(key, KeywordClassifier.Cyber));
        var listed = Assert.Single((await access.GetAsync("/v1/access/keys", access.Person("keeper"))).Expect(200).Items);
        Assert.Equal(key[..KeyText.HintLength], listed.GetProperty("hint").GetString());
        foreach (var file in Directory.EnumerateFiles(access.Gateway.Folder, "*", SearchOption.AllDirectories).Where(static file => !file.EndsWith(".lock", StringComparison.Ordinal)))
        {
            await using var open = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            Assert.DoesNotContain(key, await new StreamReader(open, System.Text.Encoding.Latin1).ReadToEndAsync(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_professionals_key_is_no_professional()
    {
        var professional = access.Gateway.TokenOf(new PolicyGateway.Identity.DevelopmentToken("professional") { Subject = "pro", Credentials = ["security-professional"] });
        var key = (await access.PostAsync("/v1/access/keys", professional, new { name = "notebook", days = 30 })).Expect(201).Text("key");

        Assert.Equal(HttpStatusCode.OK, await AskAsync(professional, KeywordClassifier.Cyber));
        Assert.Equal(HttpStatusCode.Forbidden, await AskAsync(key, KeywordClassifier.Cyber));
    }

    [Theory]
    [InlineData("pgk_")]
    [InlineData("pgk_nothing-of-ours")]
    [InlineData("made up")] // one that is spelled right and was never made
    public async Task A_key_that_was_never_made_is_an_invalid_token_and_never_anonymous(string key)
    {
        var answer = await access.Gateway.SendAsync(TheGateway.Ask("hello"), key == "made up" ? KeyText.New() : key);

        Assert.Equal((HttpStatusCode.Unauthorized, "invalid_token"), (answer.Status, answer.Code));
    }

    [Fact]
    public async Task A_rotated_key_counts_beside_its_successor_for_a_while()
    {
        var person = access.Person("rotator");
        var old = (await access.PostAsync("/v1/access/keys", person, new { name = "notebook", days = 30 })).Expect(201);
        var id = old.Body.GetProperty("record").GetProperty("id").GetString();

        var both = (await access.PostAsync($"/v1/access/keys/{id}/rotate", person, new { overlap_hours = 1 })).Expect(201);
        Assert.Equal(HttpStatusCode.OK, await AskAsync(old.Text("key"), "Hello."));
        Assert.Equal(HttpStatusCode.OK, await AskAsync(both.Text("key"), "Hello."));
        (await access.PostAsync($"/v1/access/keys/{id}/rotate", person, new { overlap_hours = 1 })).Expect(409);

        var next = both.Body.GetProperty("record").GetProperty("id").GetString();
        var last = (await access.PostAsync($"/v1/access/keys/{next}/rotate", person, new { overlap_hours = 0 })).Expect(201);
        Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(both.Text("key"), "Hello."));
        Assert.Equal(HttpStatusCode.OK, await AskAsync(last.Text("key"), "Hello."));
    }

    [Fact]
    public async Task A_revoked_key_counts_no_longer_and_nobody_else_can_revoke_it()
    {
        var made = (await access.PostAsync("/v1/access/keys", access.Person("loser"), new { name = "notebook", days = 30 })).Expect(201);
        var id = made.Body.GetProperty("record").GetProperty("id").GetString();
        (await access.PostAsync($"/v1/access/keys/{id}/revoke", access.Person("eve"), new { reason = "Mine now." })).Expect(404);
        Assert.Equal(HttpStatusCode.OK, await AskAsync(made.Text("key"), "Hello."));

        (await access.PostAsync($"/v1/access/keys/{id}/revoke", access.Person("loser"), new { reason = "Lost." })).Expect(200);

        Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(made.Text("key"), "Hello."));
    }

    [Fact]
    public async Task A_key_of_an_organisation_has_the_organisations_grants_and_falls_with_it()
    {
        var administrator = access.Staff("root", "administrator");
        var organisation = new { issuer = AccessGateway.Issuer, name = "keyed" };
        var key = (await access.AdminAsync("/admin/keys", administrator, new { name = "batch", days = 10, organisation })).Expect(201).Text("key");
        Assert.Equal(HttpStatusCode.OK, await AskAsync(key, "Hello."));

        (await access.AdminAsync("/admin/revocations", administrator, new { target = "organisation", issuer = AccessGateway.Issuer, name = "keyed", reason = "Gone." })).Expect(201);

        Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(key, "Hello."));
    }

    [Fact]
    public async Task A_key_that_is_revoked_between_its_reading_and_the_answer_opens_none()
    {
        var person = access.Person("between");
        var made = (await access.PostAsync("/v1/access/keys", person, new { name = "notebook", days = 30 })).Expect(201);
        var callers = access.Gateway.Services.GetRequiredService<CallerReader>();
        var context = new DefaultHttpContext { RequestServices = access.Gateway.Services };
        context.Request.Headers.Authorization = "Bearer " + made.Text("key");
        var caller = (await callers.ReadAsync(context, "Authorization", ApiScope.Inference)).Caller!;
        using (var before = callers.Open(caller))
        {
            Assert.NotNull(before);
        }

        (await access.PostAsync($"/v1/access/keys/{made.Body.GetProperty("record").GetProperty("id").GetString()}/revoke", person, new { reason = "Lost." })).Expect(200);

        Assert.Null(callers.Open(caller));
    }

    [Fact]
    public async Task An_administrator_replaces_no_persons_key_which_would_make_him_that_person()
    {
        var (owner, administrator) = (access.Person("keeps-his-own"), access.Staff("root", "administrator"));
        var made = (await access.PostAsync("/v1/access/keys", owner, new { name = "notebook", days = 30 })).Expect(201);
        var path = $"/admin/keys/{made.Body.GetProperty("record").GetProperty("id").GetString()}";

        var refused = (await access.AdminAsync(path + "/rotate", administrator, new { overlap_hours = 1 })).Expect(403);

        Assert.Contains("its owner", refused.Text("detail"), StringComparison.Ordinal);
        Assert.False(Assert.Single((await access.GetAsync("/v1/access/keys", owner)).Expect(200).Items).TryGetProperty("replaced_by", out _));
        Assert.Equal(HttpStatusCode.OK, await AskAsync(made.Text("key"), "Hello."));
        (await access.AdminAsync(path + "/revoke", administrator, new { reason = "Leaked." })).Expect(200);
        Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(made.Text("key"), "Hello."));
    }

    [Fact]
    public async Task An_organisations_key_is_replaced_by_the_rules_that_it_would_be_made_by()
    {
        var own = new AccessGateway();
        own.Gateway.PolicyText = own.Gateway.PolicyText.Replace("\"anonymous\"", "\"tenants\": { \"pilot\": { \"mode\": \"shadow\" } }, \"anonymous\"", StringComparison.Ordinal);
        await own.InitializeAsync();
        try
        {
            var administrator = own.Staff("root", "administrator");
            var made = (await own.AdminAsync("/admin/keys", administrator, new { name = "batch", days = 10, organisation = new { issuer = AccessGateway.Issuer, name = "keyed" } })).Expect(201);
            var id = made.Body.GetProperty("record").GetProperty("id").GetString()!;
            var store = own.Gateway.Services.GetRequiredService<IStateStore>();
            var keys = KeyRecords.SetOf(store);

            // As if the policy of its tenant had been enforced when it was made.
            var before = (await keys.FindAsync(id, default))!.Value with { Id = "key_before", Hash = "before", Tenant = "pilot" };
            Assert.True(await store.TryWriteAsync([keys.Add(before.Id, before)], default));

            (await own.AdminAsync($"/admin/keys/{id}/rotate", administrator, new { overlap_hours = 1 })).Expect(201);
            Assert.Contains("tenant", (await own.AdminAsync("/admin/keys/key_before/rotate", administrator, new { overlap_hours = 1 })).Expect(422).Text("detail"), StringComparison.Ordinal);
        }
        finally
        {
            await own.DisposeAsync();
        }
    }

    [Theory]
    [InlineData("/v1/access/me")]
    [InlineData("/v1/access/keys")]
    [InlineData("/v1/access/requests")]
    public async Task A_key_is_no_person_and_makes_no_keys(string path)
    {
        var key = (await access.PostAsync("/v1/access/keys", access.Person("multiplier"), new { name = "notebook", days = 30 })).Expect(201);
        (await access.GetAsync(path, key.Text("key"))).Expect(403);
        await access.PostAsync($"/v1/access/keys/{key.Body.GetProperty("record").GetProperty("id").GetString()}/revoke", access.Person("multiplier"), new { reason = "Done." });
    }

    [Theory]
    [InlineData("""{"name":"n"}""", 422)]
    [InlineData("""{"name":"n","days":91}""", 422)]
    [InlineData("""{"days":1}""", 422)]
    [InlineData("""{"name":"n","days":1,"tier":"professional"}""", 422)]
    [InlineData("""{"name":"n","days":1,"organisation":{"issuer":"i","name":"o"}}""", 422)]
    [InlineData("""{"name":"n","days":1,"credentials":["security-professional"]}""", 400)]
    public async Task A_key_of_ones_own_is_no_more_than_its_owner(string body, int status) =>
        (await access.PostAsync("/v1/access/keys", access.Person("greedy"), body)).Expect(status);

    [Theory]
    [InlineData("professional", 422)]
    [InlineData("verified", 422)]
    [InlineData("no tier", 422)]
    [InlineData("public", 201)]
    public async Task A_key_of_an_organisation_has_no_higher_tier_than_keys_may(string tier, int status) =>
        (await access.AdminAsync("/admin/keys", access.Staff("root", "administrator"), new
        {
            name = "batch",
            days = 10,
            tier,
            organisation = new { issuer = AccessGateway.Issuer, name = $"o-{status}" },
        })).Expect(status);

    [Theory]
    [InlineData("https://nobody.example", "o", null, "organisation.issuer")]
    [InlineData(AccessGateway.Issuer, "a\u0000b", null, "organisation.name")]
    [InlineData(AccessGateway.Issuer, "a\r\nb", null, "organisation.name")]
    [InlineData(AccessGateway.Issuer, "long", null, "organisation.name")]
    [InlineData(AccessGateway.Issuer, "o", "a\r\nb", "tenant")]
    [InlineData(AccessGateway.Issuer, "o", "long", "tenant")]
    public async Task A_key_is_made_for_no_organisation_or_tenant_that_there_cannot_be(string issuer, string name, string? tenant, string field)
    {
        static string? Written(string? text) => text == "long" ? new string('x', 5_000) : text;

        var refused = (await access.AdminAsync("/admin/keys", access.Staff("root", "administrator"), new { name = "batch", days = 10, organisation = new { issuer, name = Written(name) }, tenant = Written(tenant) })).Expect(422);

        Assert.StartsWith(field, refused.Text("detail"), StringComparison.Ordinal);
    }

    private async Task<HttpStatusCode> AskAsync(string token, string answer)
    {
        access.Gateway.Backend.Answer = context => ScriptedBackend.WriteJsonAsync(context, ScriptedBackend.Completion(answer));
        return (await access.Gateway.SendAsync(TheGateway.Ask("hello"), token)).Status;
    }
}
