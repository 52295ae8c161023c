using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using PolicyGateway.Access;
using PolicyGateway.Access.Keys;
using PolicyGateway.Audit;
using PolicyGateway.Identity;
using PolicyGateway.State;
using PolicyGateway.Tests.Fakes;

namespace PolicyGateway.Tests.Access;

/// <summary>What a key was made for, and nothing else: over real HTTP.</summary>
public sealed class KeyScopeTests(ScopedGateway scoped) : IClassFixture<ScopedGateway>
{
    private AccessGateway Access => scoped.Access;

    [Theory]
    [InlineData(""","scope":"" """, 422, "scope")]
    [InlineData(""","scope":"everything" """, 422, "scope")]
    [InlineData(""","scope":"access" """, 422, "scope")]
    [InlineData(""","scope":"admin" """, 422, "scope")]
    [InlineData(""","scope":"Inference" """, 422, "scope")]
    [InlineData(""","scope":"inference inference" """, 422, "scope")]
    [InlineData(""","scope":"inference  moderation" """, 422, "scope")]
    [InlineData(""","scope":" inference" """, 422, "scope")]
    [InlineData(""","scope":"inference,moderation" """, 422, "scope")]
    [InlineData(""","scope":"inference\n" """, 422, "scope")]
    [InlineData(""","scope":"moderation","models":["m"] """, 422, "scope")]
    [InlineData(""","scope":"moderation","categories":[] """, 422, "scope")]
    [InlineData(""","scope":["inference"] """, 400, "$.scope")]
    [InlineData(""","scope":"inference","scope":"moderation" """, 400, "")]
    [InlineData(""","models":[] """, 422, "models")]
    [InlineData(""","models":[null] """, 422, "models")]
    [InlineData(""","models":[""] """, 422, "models")]
    [InlineData(""","models":["no-such-model"] """, 422, "models")]
    [InlineData(""","models":["M"] """, 422, "models")]
    [InlineData(""","models":["m-pro"] """, 422, "models")] // there is one, and not for a key's tier
    [InlineData(""","models":["m","m"] """, 422, "models")]
    [InlineData(""","models":["m","latest"] """, 422, "models")] // twice the same by two names
    [InlineData(""","models":"m" """, 400, "$.models")]
    [InlineData(""","models":[1] """, 400, "$.models[0]")]
    [InlineData(""","categories":[null] """, 422, "categories")]
    [InlineData(""","categories":[""] """, 422, "categories")]
    [InlineData(""","categories":["no-such-category"] """, 422, "categories")]
    [InlineData(""","categories":["cyb"] """, 422, "categories")]
    [InlineData(""","categories":["cyber","cyber"] """, 422, "categories")]
    [InlineData(""","categories":["cyber\u202e"] """, 422, "categories")]
    [InlineData(""","categories":"cyber" """, 400, "$.categories")]
    [InlineData(""","categories":{} """, 400, "$.categories")]
    public async Task What_narrows_a_key_to_nothing_that_is_known_makes_none(string members, int status, string field)
    {
        var reply = await scoped.KeyAsync("strict", members, status);

        Assert.Contains(field, reply.Text("detail"), StringComparison.Ordinal);
        Assert.Empty((await Access.GetAsync("/v1/access/keys", Access.Person("strict"))).Expect(200).Items);
    }

    [Fact]
    public async Task Sets_beyond_all_measure_are_refused()
    {
        await scoped.KeyAsync("endless", $$""","models":[{{string.Join(',', Enumerable.Range(0, 101).Select(static i => $"\"m{i}\""))}}]""", 422);
        await scoped.KeyAsync("endless", $$""","categories":["{{new string('c', 50_000)}}"]""", 422);
        await scoped.KeyAsync("endless", $$""","scope":"inference{{new string(' ', 50_000)}}moderation" """, 422);
        await scoped.KeyAsync("endless", $$""","models":["{{new string('m', 70_000)}}"]""", 413);
    }

    [Fact]
    public async Task A_key_is_for_inference_alone_where_nothing_is_said_and_shows_what_it_is_for()
    {
        var plain = (await scoped.KeyAsync("shows")).Body.GetProperty("record");
        var narrow = (await scoped.KeyAsync("shows", ""","scope":"moderation inference","models":["latest"],"categories":["fraud","cyber"] """)).Body.GetProperty("record");
        var ordinary = (await scoped.KeyAsync("shows", ""","categories":[]""")).Body.GetProperty("record");
        var listed = (await Access.GetAsync("/v1/access/keys", Access.Person("shows"))).Expect(200).Items;
        var seen = (await Access.AdminAsync($"/admin/keys?issuer={Uri.EscapeDataString(AccessGateway.Issuer)}&subject=shows", Access.Staff("sees", "auditor"))).Expect(200).Items;

        Assert.Equal(("inference", false, false), (plain.GetProperty("scope").GetString(), plain.TryGetProperty("models", out _), plain.TryGetProperty("categories", out _)));
        Assert.Equal("inference moderation", narrow.GetProperty("scope").GetString());
        Assert.Equal("""["m"]""", narrow.GetProperty("models").GetRawText()); // an alias counts as its model
        Assert.Equal("""["fraud","cyber"]""", narrow.GetProperty("categories").GetRawText());
        Assert.Equal("[]", ordinary.GetProperty("categories").GetRawText());
        Assert.Equal([ordinary.GetRawText(), narrow.GetRawText(), plain.GetRawText()], listed.Select(static key => key.GetRawText()));
        Assert.Equal(listed.Select(static key => key.GetRawText()), seen.Select(static key => key.GetRawText()));
    }

    [Fact]
    public async Task A_category_outside_a_keys_scope_is_refused_with_how_to_get_another_key_and_no_word_of_verification()
    {
        await Access.ApproveAsync(await Access.RequestAsync(Access.Person("ordinary")));
        var whole = (await scoped.KeyAsync("ordinary")).Text("key");
        var key = (await scoped.KeyAsync("ordinary", ""","categories":[]""")).Text("key");
        var unverified = (await scoped.KeyAsync("unverified", ""","categories":["fraud"]""")).Text("key");

        Assert.Equal(HttpStatusCode.OK, (await scoped.AskAsync(whole, KeywordClassifier.Cyber)).Status);
        Assert.Equal(HttpStatusCode.OK, (await scoped.AskAsync(key, "Hello.")).Status);
        foreach (var narrowed in new[] { key, unverified })
        {
            var refused = await scoped.AskAsync(narrowed, KeywordClassifier.Cyber);
            Assert.Equal((HttpStatusCode.Forbidden, "outside_key_scope", "cyber"), (refused.Status, refused.Code, refused.Error.GetProperty("category").GetString()));
            Assert.Contains("scope of this API key", refused.Error.GetProperty("message").GetString(), StringComparison.Ordinal);
            Assert.Contains("make, a key whose categories hold it", refused.Error.GetProperty("message").GetString(), StringComparison.Ordinal);
            Assert.False(refused.Error.TryGetProperty("verification_uri", out _));
        }
    }

    [Theory]
    [InlineData("", true)]
    [InlineData(""","categories":["cyber"]""", true)]
    [InlineData(""","categories":["fraud"]""", false)]
    [InlineData(""","categories":[]""", false)]
    public async Task An_answer_that_turns_out_to_be_of_a_category_outside_the_scope_is_cut_off(string members, bool isOpen)
    {
        var subject = "streams-" + members.Length;
        await Access.ApproveAsync(await Access.RequestAsync(Access.Person(subject)));
        var key = (await scoped.KeyAsync(subject, members)).Text("key");
        scoped.Gateway.Backend.Answer = static context => ScriptedBackend.WriteStreamAsync(
            context, ScriptedBackend.Chunk(new { content = new string('a', 4_000) + " " }, null) + ScriptedBackend.Chunk(new { content = KeywordClassifier.Cyber }, null) + ScriptedBackend.Chunk(new { }, "stop") + "data: [DONE]\n\n");

        var answer = await scoped.AskAsync(key, "hello", stream: true);

        scoped.Gateway.Reset();
        Assert.Equal(isOpen, answer.Text.Contains(KeywordClassifier.Cyber, StringComparison.Ordinal));
        Assert.Equal(!isOpen, answer.Text.Contains("outside_key_scope", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_model_outside_a_keys_scope_does_not_exist()
    {
        var key = (await scoped.KeyAsync("modeled", ""","models":["latest"]""")).Text("key");
        var above = await scoped.AskAsync(key, "hello", "m-pro");
        var outside = await scoped.AskAsync(key, "hello", "other");

        Assert.Equal((HttpStatusCode.NotFound, "model_not_found"), (outside.Status, outside.Code));
        Assert.Equal(above.Error.GetProperty("message").GetString(), outside.Error.GetProperty("message").GetString());
        Assert.Equal(HttpStatusCode.OK, (await scoped.AskAsync(key, "hello", "m")).Status);
        Assert.Equal(HttpStatusCode.OK, (await scoped.AskAsync(key, "hello", "latest")).Status);
        Assert.Equal(["latest", "m"], (await Access.GetAsync("/v1/models", key)).Expect(200).Body.GetProperty("data").EnumerateArray().Select(static model => model.GetProperty("id").GetString()));
        (await Access.GetAsync("/v1/models/other", key)).Expect(404);
    }

    [Theory]
    [InlineData("", HttpStatusCode.OK, HttpStatusCode.Forbidden)]
    [InlineData(""","scope":"inference" """, HttpStatusCode.OK, HttpStatusCode.Forbidden)]
    [InlineData(""","scope":"moderation" """, HttpStatusCode.Forbidden, HttpStatusCode.OK)]
    [InlineData(""","scope":"inference moderation" """, HttpStatusCode.OK, HttpStatusCode.OK)]
    public async Task A_key_opens_the_interfaces_of_its_scope_and_never_those_of_people(string members, HttpStatusCode inference, HttpStatusCode moderation)
    {
        var key = (await scoped.KeyAsync("interfaces", members)).Text("key");

        Assert.Equal(inference, (await scoped.AskAsync(key, "hello")).Status);
        (await Access.GetAsync("/v1/models", key)).Expect((int)inference);
        var moderated = (await Access.PostAsync("/v1/moderations", key, new { input = "hello" })).Expect((int)moderation);
        if (moderation == HttpStatusCode.Forbidden)
        {
            Assert.Contains("error=\"insufficient_scope\"", moderated.Challenge, StringComparison.Ordinal);
            Assert.Contains("scope=\"moderation\"", moderated.Challenge, StringComparison.Ordinal);
            Assert.Equal(("insufficient_scope", "permission_error"), (moderated.Body.GetProperty("error").GetProperty("code").GetString(), moderated.Body.GetProperty("error").GetProperty("type").GetString()));
        }

        foreach (var path in new[] { "/v1/access/me", "/v1/access/keys", "/v1/access/requests" })
        {
            (await Access.GetAsync(path, key)).Expect(403);
        }

        (await Access.PostAsync("/v1/access/keys", key, new { name = "more", days = 1 })).Expect(403);
        (await Access.AdminAsync("/admin/requests", key)).Expect(403);
    }

    [Fact]
    public async Task A_replaced_key_is_as_narrow_as_the_one_before_and_the_audit_says_what_each_is_for()
    {
        await Access.ApproveAsync(await Access.RequestAsync(Access.Person("rotates")));
        var old = (await scoped.KeyAsync("rotates", ""","scope":"moderation inference","models":["m"],"categories":["fraud"]""")).Body.GetProperty("record");
        var none = (await scoped.KeyAsync("rotates", ""","categories":[]""")).Body.GetProperty("record").GetProperty("id").GetString();
        var id = old.GetProperty("id").GetString();

        (await Access.PostAsync($"/v1/access/keys/{id}/rotate", Access.Person("rotates"), """{"overlap_hours":1,"categories":["cyber"]}""")).Expect(400);
        var made = (await Access.PostAsync($"/v1/access/keys/{id}/rotate", Access.Person("rotates"), new { overlap_hours = 1 })).Expect(201);

        foreach (var member in new[] { "scope", "models", "categories" })
        {
            Assert.Equal(old.GetProperty(member).GetRawText(), made.Body.GetProperty("record").GetProperty(member).GetRawText());
        }

        Assert.Equal("outside_key_scope", (await scoped.AskAsync(made.Text("key"), KeywordClassifier.Cyber)).Code);
        Assert.Equal("model_not_found", (await scoped.AskAsync(made.Text("key"), "hello", "other")).Code);
        var records = AuditReader.Read(new AuditOptions().ResolvePaths(Access.Gateway.Folder).File, new AuditFilter(null, null, null, null, 10_000)).Select(static row => row.Payload.ToJsonString()).ToArray();
        foreach (var key in new[] { id, made.Body.GetProperty("record").GetProperty("id").GetString() })
        {
            var record = Assert.Single(records, row => row.Contains($"\"target\":\"{key}\"", StringComparison.Ordinal));
            Assert.Contains("\"scope\":\"inference moderation\"", record, StringComparison.Ordinal);
            Assert.Contains("\"model_0\":\"m\"", record, StringComparison.Ordinal);
            Assert.Contains("\"categories\":[\"fraud\"]", record, StringComparison.Ordinal);
        }

        Assert.Contains("\"categories\":\"none\"", Assert.Single(records, row => row.Contains($"\"target\":\"{none}\"", StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_organisations_key_is_narrowed_by_whoever_makes_it_and_by_whoever_replaces_it_no_less()
    {
        var (root, organisation) = (Access.Staff("root", "administrator"), new { issuer = AccessGateway.Issuer, name = "narrowed" });
        (await Access.AdminAsync("/admin/keys", root, new { name = "batch", days = 10, organisation, models = new[] { "m-pro" } })).Expect(422);
        (await Access.AdminAsync("/admin/keys", root, new { name = "batch", days = 10, organisation, tier = "public", categories = new[] { "no-such" } })).Expect(422);
        var key = (await Access.AdminAsync("/admin/keys", root, new { name = "batch", days = 10, organisation, models = new[] { "other" }, categories = Array.Empty<string>(), scope = "inference" })).Expect(201);
        var replaced = (await Access.AdminAsync($"/admin/keys/{key.Body.GetProperty("record").GetProperty("id").GetString()}/rotate", root, new { overlap_hours = 1 })).Expect(201);

        foreach (var text in new[] { key.Text("key"), replaced.Text("key") })
        {
            Assert.Equal(HttpStatusCode.OK, (await scoped.AskAsync(text, "hello", "other")).Status);
            Assert.Equal("model_not_found", (await scoped.AskAsync(text, "hello")).Code);
            Assert.Equal("outside_key_scope", (await scoped.AskAsync(text, KeywordClassifier.Cyber, "other")).Code);
        }
    }

    [Fact]
    public async Task A_key_from_before_there_were_scopes_keeps_what_it_had_and_so_does_its_successor()
    {
        await Access.ApproveAsync(await Access.RequestAsync(Access.Person("early")));
        var (text, now, id) = (KeyText.New(), DateTimeOffset.UtcNow, "key_early");
        var record = JsonSerializer.Serialize(new
        {
            id,
            hash = KeyText.HashOf(text),
            hint = text[..KeyText.HintLength],
            name = "early",
            person = new { issuer = AccessGateway.Issuer, subject = "early" },
            multi_user = false,
            tier = "registered",
            created_at = now,
            expires_at = now.AddDays(1),
        });
        var owner = new PersonRef(AccessGateway.Issuer, "early").Key();
        Assert.True(await Access.Gateway.Services.GetRequiredService<IStateStore>().TryWriteAsync(
            [new StateChange("key", id, 0, record, [new StateTag("owner", owner), new StateTag("hash", KeyText.HashOf(text))])], default));

        var successor = (await Access.PostAsync($"/v1/access/keys/{id}/rotate", Access.Person("early"), new { overlap_hours = 1 })).Expect(201);

        Assert.False(successor.Body.GetProperty("record").TryGetProperty("scope", out _));
        foreach (var key in new[] { text, successor.Text("key") })
        {
            Assert.Equal(HttpStatusCode.OK, (await scoped.AskAsync(key, KeywordClassifier.Cyber, "other")).Status);
            (await Access.PostAsync("/v1/moderations", key, new { input = "hello" })).Expect(200);
        }
    }

    [Fact]
    public void Scopes_are_spelled_as_they_are_read()
    {
        Assert.Equal("inference moderation", ApiScopes.All);
        Assert.Equal([ApiScope.Inference, ApiScope.Moderation], ApiScopes.Parse("moderation inference")!.Value.AsEnumerable());
        Assert.All(Enum.GetValues<ApiScope>(), static scope => Assert.Equal(scope, Assert.Single(ApiScopes.Parse(ApiScopes.Word(scope))!.Value)));
    }
}
