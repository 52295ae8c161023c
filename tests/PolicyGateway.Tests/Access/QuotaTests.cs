using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using PolicyGateway.Access;
using PolicyGateway.Identity;
using PolicyGateway.State;
using PolicyGateway.Tests.Fakes;
using PolicyGateway.Tests.Inference;

namespace PolicyGateway.Tests.Access;

/// <summary>Quotas of grants over real HTTP: what counts, what is refused when nothing is left, and what is told.</summary>
public sealed class QuotaTests(AccessGateway access) : IClassFixture<AccessGateway>
{
    [Fact]
    public async Task What_needs_the_grant_counts_and_what_does_not_is_free()
    {
        var ada = access.Person("counts");
        var grant = await ApprovedAsync(ada, new { releases = 2, per_days = 1 });
        var use = async () => (await access.GetAsync("/v1/access/me", ada)).Expect(200).Body.GetProperty("grants")[0].GetProperty("quotas")[0].GetProperty("used").GetInt32();

        await AskAsync(ada, "Hello.", HttpStatusCode.OK);
        await AskAsync(ada, KeywordClassifier.Prohibited, HttpStatusCode.Forbidden);
        await AskAsync(ada, KeywordClassifier.DoubtfulCyber, HttpStatusCode.OK); // logged, for everybody
        Assert.Equal(0, await use());
        await AskAsync(ada, KeywordClassifier.Cyber, HttpStatusCode.OK);
        Assert.Equal(1, await use());
        var released = await AskAsync(ada, KeywordClassifier.Cyber, HttpStatusCode.OK);
        Assert.Equal(2, await use());

        var refused = await AskAsync(ada, KeywordClassifier.Cyber, HttpStatusCode.Forbidden);

        Assert.Equal(("quota_used_up", grant, "cyber"), (refused.Code, refused.Error.GetProperty("grant").GetString(), refused.Error.GetProperty("category").GetString()));
        Assert.InRange(refused.Error.GetProperty("opens_again_at").GetDateTimeOffset(), DateTimeOffset.UtcNow.AddHours(23), DateTimeOffset.UtcNow.AddHours(25));
        var me = (await access.GetAsync("/v1/access/me", ada)).Expect(200).Body.GetProperty("categories")[0];
        Assert.False(me.GetProperty("open").GetBoolean());
        Assert.Equal(grant, me.GetProperty("quota_used_up").GetProperty("grant").GetString());
        await AskAsync(ada, "Hello.", HttpStatusCode.OK);
        Assert.Equal(2, await use());
        Assert.Equal([grant], await UsedAsync(released.Headers["x-request-id"]));
    }

    [Fact]
    public async Task Of_twenty_at_once_five_are_released_where_five_is_the_quota()
    {
        var ada = access.Person("races");
        await ApprovedAsync(ada, new { releases = 5, per_days = 1 });
        access.Gateway.Backend.Answer = static context => ScriptedBackend.WriteJsonAsync(context, ScriptedBackend.Completion(KeywordClassifier.Cyber));

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => access.Gateway.SendAsync(TheGateway.Ask("hello"), ada)));

        Assert.Equal(5, answers.Count(static answer => answer.Status == HttpStatusCode.OK));
        Assert.All(answers.Where(static answer => answer.Status != HttpStatusCode.OK), static answer => Assert.Equal("quota_used_up", answer.Code));
        Assert.Equal(5, answers.Count(static answer => answer.Text.Contains(KeywordClassifier.Cyber, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_stream_counts_once_and_nothing_gated_of_one_that_finds_nothing_left_leaves()
    {
        var ada = access.Person("streams");
        var grant = await ApprovedAsync(ada, new { releases = 1, per_days = 1 });
        var text = string.Concat(Enumerable.Repeat(KeywordClassifier.Cyber + " and then more of it, on and on. ", 80));
        access.Gateway.Backend.Answer = context => ScriptedBackend.WriteStreamAsync(context, ScriptedBackend.Stream(text, 40));

        var first = await access.Gateway.SendAsync(TheGateway.Ask("hello", stream: true), ada);
        var second = await access.Gateway.SendAsync(TheGateway.Ask("hello", stream: true), ada);

        Assert.Equal(HttpStatusCode.OK, first.Status);
        Assert.Contains("[DONE]", first.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("quota_used_up", first.Text, StringComparison.Ordinal);
        Assert.Contains("quota_used_up", second.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(KeywordClassifier.Cyber, second.Text, StringComparison.Ordinal);
        await access.RecordedAsync(first.Headers["x-request-id"], 2);
        Assert.Equal([grant], await UsedAsync(first.Headers["x-request-id"]));
    }

    [Fact]
    public async Task Streams_that_run_at_once_share_a_quota()
    {
        var ada = access.Person("streams-at-once");
        await ApprovedAsync(ada, new { releases = 2, per_days = 1 });
        var text = string.Concat(Enumerable.Repeat(KeywordClassifier.Cyber + " and then more of it, on and on. ", 40));
        access.Gateway.Backend.Answer = context => ScriptedBackend.WriteStreamAsync(context, ScriptedBackend.Stream(text, 40));

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => access.Gateway.SendAsync(TheGateway.Ask("hello", stream: true), ada)));

        Assert.Equal(2, answers.Count(static answer => answer.Text.Contains(KeywordClassifier.Cyber, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task An_organisation_s_quota_is_shared_by_its_people()
    {
        await GiveAsync(new Grant
        {
            Id = "grt_shared_quota",
            Organisation = new OrganisationRef(AccessGateway.Issuer, "quota-lab"),
            Categories = ["cyber"],
            NotBefore = DateTimeOffset.UtcNow,
            ExpiresAt = DateTimeOffset.UtcNow.AddHours(1),
            Quota = new GrantQuota(2, 1),
        });

        await AskAsync(access.Person("one", "quota-lab"), KeywordClassifier.Cyber, HttpStatusCode.OK);
        await AskAsync(access.Person("two", "quota-lab"), KeywordClassifier.Cyber, HttpStatusCode.OK);
        var third = await AskAsync(access.Person("three", "quota-lab"), KeywordClassifier.Cyber, HttpStatusCode.Forbidden);

        Assert.Equal("quota_used_up", third.Code);
        Assert.False(third.Error.TryGetProperty("opens_again_at", out _)); // the grant ends before
        Assert.Equal("verification_required", (await AskAsync(access.Person("four", "elsewhere"), KeywordClassifier.Cyber, HttpStatusCode.Forbidden)).Code);
    }

    [Fact]
    public async Task What_a_steward_passes_on_has_no_larger_quota_and_counts_against_both()
    {
        var held = (await access.AdminAsync("/admin/grants", access.Staff("gives", "administrator"), new
        {
            organisation = new { issuer = AccessGateway.Issuer, name = "quota-org" },
            categories = new[] { "other" },
            days = 7,
            reason = "By contract.",
            assignable = true,
            quota = new { releases = 10, per_days = 7 },
        })).Expect(201);
        var steward = access.Gateway.TokenOf(new DevelopmentToken("registered") { Subject = "steward-of-quota-org", Organisation = "quota-org", Roles = ["steward"] });
        Task<Reply> ShareAsync(object? quota) => access.PostAsync(
            "/v1/access/organisation/grants", steward, new { within = held.Text("id"), subject = "quota-member", categories = new[] { "other" }, days = 3, reason = "Works on it.", quota });

        (await ShareAsync(new { releases = 11, per_days = 7 })).Expect(422);
        (await ShareAsync(new { releases = 10, per_days = 1 })).Expect(422);
        (await ShareAsync(new { releases = 0, per_days = 7 })).Expect(422);
        (await ShareAsync(new { releases = 1 })).Expect(422);
        Assert.Equal(10, (await ShareAsync(null)).Expect(201).Body.GetProperty("quota").GetProperty("releases").GetInt32());
        var shared = (await ShareAsync(new { releases = 2, per_days = 7 })).Expect(201);

        var grants = (await access.GetAsync("/v1/access/me", access.Person("quota-member", "quota-org"))).Expect(200).Body.GetProperty("grants");
        Assert.Equal(
            [(shared.Text("id"), 2), (held.Text("id"), 10)],
            grants.EnumerateArray().Single(grant => grant.GetProperty("id").GetString() == shared.Text("id")).GetProperty("quotas").EnumerateArray()
                .Select(static quota => (quota.GetProperty("grant").GetString()!, quota.GetProperty("releases").GetInt32())));
    }

    [Fact]
    public async Task An_approver_may_only_make_a_quota_smaller()
    {
        var (ada, first, second) = (access.Person("approved-quota"), access.Staff("first-approver", "approver"), access.Staff("second-approver", "approver"));
        var request = await access.RequestAsync(ada);
        var approve = $"/admin/requests/{request}/approve";

        (await access.AdminAsync(approve, first, new { reason = "Seen.", quota = new { releases = 0, per_days = 1 } })).Expect(422);
        (await access.AdminAsync(approve, first, new { reason = "Seen.", quota = new { releases = 5, per_days = 2 } })).Expect(200);
        (await access.AdminAsync(approve, second, new { reason = "Seen.", quota = new { releases = 6, per_days = 2 } })).Expect(422);
        (await access.AdminAsync(approve, second, new { reason = "Seen." })).Expect(200);

        Assert.Equal(5, (await access.GetAsync($"/v1/access/requests/{request}", ada)).Expect(200).Body.GetProperty("quota").GetProperty("releases").GetInt32());
        var quota = (await access.GetAsync("/v1/access/me", ada)).Expect(200).Body.GetProperty("grants")[0].GetProperty("quotas")[0];
        Assert.Equal((5, 2, 0), (quota.GetProperty("releases").GetInt32(), quota.GetProperty("per_days").GetInt32(), quota.GetProperty("used").GetInt32()));
        var export = (await access.GetAsync("/v1/access/me/export", ada)).Expect(200).Body.GetProperty("grants")[0].GetProperty("quota");
        Assert.Equal("""{"releases":5,"per_days":2}""", export.GetRawText());
    }

    /// <summary>A release without a quota says which grant it rests on, too.</summary>
    [Fact]
    public async Task The_record_of_a_release_names_the_grant_that_it_used_and_not_every_grant()
    {
        var ada = access.Person("two-grants");
        var used = await ApprovedAsync(ada, null);
        var other = (await access.AdminAsync("/admin/grants", access.Staff("gives", "administrator"), new
        {
            person = new { issuer = AccessGateway.Issuer, subject = "two-grants" },
            categories = new[] { "other" },
            days = 1,
            reason = "By contract.",
        })).Expect(201).Text("id");

        var released = await AskAsync(ada, KeywordClassifier.Cyber, HttpStatusCode.OK);
        var harmless = await AskAsync(ada, "Hello.", HttpStatusCode.OK);

        Assert.Equal([used, other], await UsedAsync(released.Headers["x-request-id"], "grants"));
        Assert.Contains(used, await UsedAsync(released.Headers["x-request-id"]));
        Assert.Empty(await UsedAsync(harmless.Headers["x-request-id"]));
    }

    [Fact]
    public async Task What_cannot_be_counted_is_not_released()
    {
        var ada = access.Person("uncounted");
        var grant = await ApprovedAsync(ada, new { releases = 2, per_days = 1 });
        var store = access.Gateway.Services.GetRequiredService<IStateStore>();
        access.Gateway.Backend.Answer = async context =>
        {
            // After the caller's grants were read, and before the release is counted.
            Assert.True(await store.TryWriteAsync([new StateChange("quota", grant, 0, "[]", [])], default));
            await ScriptedBackend.WriteJsonAsync(context, ScriptedBackend.Completion(KeywordClassifier.Cyber));
        };

        var answer = await access.Gateway.SendAsync(TheGateway.Ask("hello"), ada);

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "grants_unavailable"), (answer.Status, answer.Code));
        Assert.Equal(("10", "false"), (answer.Headers["Retry-After"], answer.Headers["x-should-retry"]));
        Assert.DoesNotContain(KeywordClassifier.Cyber, answer.Text, StringComparison.Ordinal);

        // Nor is it where it cannot even be read; what needs no grant is.
        Assert.Equal("grants_unavailable", (await AskAsync(ada, KeywordClassifier.Cyber, HttpStatusCode.ServiceUnavailable)).Code);
        await AskAsync(ada, "Hello.", HttpStatusCode.OK);
        await AskAsync(ada, KeywordClassifier.Prohibited, HttpStatusCode.Forbidden);
        (await access.GetAsync("/v1/access/me", ada)).Expect(503);
        var stream = string.Concat(Enumerable.Repeat(KeywordClassifier.Cyber + " and then more of it, on and on. ", 80));
        access.Gateway.Backend.Answer = context => ScriptedBackend.WriteStreamAsync(context, ScriptedBackend.Stream(stream, 40));
        var streamed = await access.Gateway.SendAsync(TheGateway.Ask("hello", stream: true), ada);
        Assert.Contains("grants_unavailable", streamed.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(KeywordClassifier.Cyber, streamed.Text, StringComparison.Ordinal);
    }

    private async Task<string> ApprovedAsync(string token, object? quota)
    {
        var request = await access.RequestAsync(token);
        (await access.AdminAsync($"/admin/requests/{request}/approve", access.Staff("first-approver", "approver"), new { reason = "Contract seen." })).Expect(200);
        return (await access.AdminAsync($"/admin/requests/{request}/approve", access.Staff("second-approver", "approver"), new { reason = "Contract seen.", quota })).Expect(200).Text("grant_id");
    }

    private async Task GiveAsync(Grant grant)
    {
        var grants = access.Gateway.Services.GetRequiredService<GrantBook>();
        Assert.True(await grants.TryWriteAsync(grant.Holder(), [grants.Set.Add(grant.Id, grant)], default));
    }

    private async Task<Answer> AskAsync(string token, string completion, HttpStatusCode status)
    {
        access.Gateway.Backend.Answer = context => ScriptedBackend.WriteJsonAsync(context, ScriptedBackend.Completion(completion));
        var answer = await access.Gateway.SendAsync(TheGateway.Ask("hello"), token);
        Assert.True(status == answer.Status, answer.Text);
        return answer;
    }

    /// <summary>Grants that the last record of a decision names.</summary>
    private async Task<string[]> UsedAsync(string decision, string member = "grants_used")
    {
        var items = Array.Empty<JsonElement>();
        for (var i = 0; i < 200 && !items.Any(static item => item.GetProperty("event").GetString() == "outcome"); i++)
        {
            items = (await access.AdminAsync($"/admin/audit?decision={decision}", access.Staff("reads", "auditor"))).Expect(200).Items;
            await Task.Delay(10);
        }

        var record = items.Single(static item => item.GetProperty("event").GetString() == "outcome").GetProperty("record");
        return record.TryGetProperty(member, out var used) ? [.. used.EnumerateArray().Select(static id => id.GetString()!)] : [];
    }
}
