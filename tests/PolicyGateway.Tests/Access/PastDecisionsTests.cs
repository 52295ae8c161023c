using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using PolicyGateway.Audit;
using PolicyGateway.Tests.Fakes;
using PolicyGateway.Tests.Inference;

namespace PolicyGateway.Tests.Access;

/// <summary>What people see of what was decided for them.</summary>
public sealed class PastDecisionsTests(AccessGateway access) : IClassFixture<AccessGateway>
{
    private const string Secret = "a-prompt-that-nobody-may-read";

    [Fact]
    public async Task A_person_sees_what_was_decided_for_him_newest_first_and_nothing_of_text_or_scores()
    {
        var person = access.Person("reader");
        await access.ReleasedAsync(person, Secret);
        var refused = await RefusedAsync(person);

        var page = (await access.GetAsync("/v1/access/decisions", person)).Expect(200);

        Assert.Equal([refused, ""], page.Items.Select(item => item.GetProperty("outcome").GetString() == "refused" ? item.GetProperty("id").GetString() : ""));
        var item = page.Items[0];
        Assert.Equal(("m", "cyber", "verification_required", "refuse"), (Text(item, "model"), Text(item, "category"), Text(item, "reason"), Text(item, "action")));
        Assert.True(item.GetProperty("can_be_appealed").GetBoolean());
        Assert.False(page.Items[1].GetProperty("can_be_appealed").GetBoolean());
        foreach (var kept in new[] { Secret, KeywordClassifier.Cyber, "confidence", "score", "findings", "reader" })
        {
            Assert.DoesNotContain(kept, page.Body.GetRawText(), StringComparison.Ordinal);
        }

        Assert.Equal(JsonSerializer.Serialize(item), JsonSerializer.Serialize((await access.GetAsync($"/v1/access/decisions/{refused}", person)).Expect(200).Body));
    }

    [Fact]
    public async Task A_refusal_says_which_appeal_was_made_against_it()
    {
        var person = access.Person("appellant");
        var refused = await RefusedAsync(person);
        var appeal = (await access.PostAsync("/v1/access/appeals", person, new { decision_id = refused, statement = "It was harmless." })).Expect(201).Text("id");

        var decision = (await access.GetAsync($"/v1/access/decisions/{refused}", person)).Expect(200);

        Assert.Equal(appeal, decision.Text("appeal_id"));
        Assert.False(decision.Body.GetProperty("can_be_appealed").GetBoolean());
    }

    [Fact]
    public async Task A_gated_release_is_one_decision_with_its_outcome()
    {
        access.Gateway.Backend.Answer = static context => ScriptedBackend.WriteJsonAsync(context, ScriptedBackend.Completion(KeywordClassifier.Cyber));
        var token = access.Gateway.TokenOfSubject("cleared");
        var id = (await access.Gateway.SendAsync(TheGateway.Ask(Secret), token)).Headers["x-request-id"];
        await access.RecordedAsync(id, 2);

        var items = (await access.GetAsync("/v1/access/decisions", token)).Expect(200).Items;

        Assert.Equal([(id, "released")], items.Select(static item => (Text(item, "id"), Text(item, "outcome"))));
    }

    [Fact]
    public async Task What_was_decided_for_somebody_else_does_not_exist()
    {
        var refused = await RefusedAsync(access.Person("owner"));

        var (other, unknown) = (await access.GetAsync($"/v1/access/decisions/{refused}", access.Person("eve")), await access.GetAsync("/v1/access/decisions/dec_0", access.Person("eve")));

        Assert.Equal((404, unknown.Body.GetRawText()), (other.Status, other.Body.GetRawText()));
        Assert.Empty((await access.GetAsync("/v1/access/decisions", access.Person("eve"))).Expect(200).Items);
        Assert.Empty((await access.GetAsync($"/v1/access/decisions?after={refused}", access.Person("eve"))).Expect(200).Items);
        (await access.GetAsync("/v1/access/decisions", null)).Expect(401);
        (await access.AdminAsync("/v1/access/decisions", access.Staff("somebody", "administrator"))).Expect(404);
    }

    [Fact]
    public async Task Pages_follow_each_other_though_new_decisions_come_in_between()
    {
        var person = access.Person("busy");
        var ids = new List<string>();
        for (var i = 0; i < 5; i++)
        {
            ids.Insert(0, await RefusedAsync(person));
        }

        var (seen, next) = (new List<string>(), (string?)"");
        while (next is not null)
        {
            var page = (await access.GetAsync($"/v1/access/decisions?limit=2{(next.Length == 0 ? "" : $"&after={next}")}", person)).Expect(200);
            seen.AddRange(page.Items.Select(static item => Text(item, "id")!));
            next = page.Body.TryGetProperty("next", out var after) ? after.GetString() : null;
            await RefusedAsync(person);
        }

        Assert.Equal(ids, seen);
    }

    [Theory]
    [InlineData("limit=2147483647")]
    [InlineData("limit=99999999999999999999")]
    [InlineData("limit=-1")]
    [InlineData("after=%00")]
    [InlineData("after=zzz")]
    [InlineData("after=dec_012345678901234567890123f")]
    [InlineData("after=dec_01234567890123456789012F")]
    [InlineData("after='%20OR%201=1--")]
    [InlineData("after=%F0%9F%98%80&after=x")]
    public async Task A_hostile_query_is_refused_and_fails_nothing(string query) => (await access.GetAsync($"/v1/access/decisions?{query}", access.Person("odd"))).Expect(400);

    [Fact]
    public async Task Somebody_who_was_erased_has_no_decisions()
    {
        var person = access.Person("erased");
        var refused = await RefusedAsync(person);
        Assert.NotEmpty((await access.GetAsync("/v1/access/decisions", person)).Expect(200).Items);

        await access.Gateway.Services.GetRequiredService<SqliteAuditLog>().EraseAsync(AccessGateway.Issuer, "erased", default);

        Assert.Empty((await access.GetAsync("/v1/access/decisions", person)).Expect(200).Items);
        (await access.GetAsync($"/v1/access/decisions/{refused}", person)).Expect(404);
    }

    private static string? Text(JsonElement item, string name) => item.GetProperty(name).GetString();

    private Task<string> RefusedAsync(string token) => access.RefusedAsync(token, Secret);
}
