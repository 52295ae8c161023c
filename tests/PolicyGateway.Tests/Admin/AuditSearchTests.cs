using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using PolicyGateway.Audit;
using PolicyGateway.Tests.Access;

namespace PolicyGateway.Tests.Admin;

/// <summary>What operators find in the audit, and what is kept of their looking.</summary>
public sealed class AuditSearchTests(AccessGateway access) : IClassFixture<AccessGateway>
{
    private string Auditor => access.Staff("the-auditor", "auditor");

    [Fact]
    public async Task Each_filter_finds_its_records_and_no_others()
    {
        var began = DateTimeOffset.UtcNow.AddSeconds(-1);
        var refused = await access.RefusedAsync(access.Person("ann", "Acme"));
        var released = await access.ReleasedAsync(access.Person("bob", "Bolt"));
        var request = await access.RequestAsync(access.Person("ann", "Acme"));

        var issuer = Uri.EscapeDataString(AccessGateway.Issuer);
        Assert.Equal(refused, await OnlyAsync($"decision={refused}"));
        Assert.Equal(refused, await OnlyAsync($"issuer={issuer}&organisation=Acme"));
        Assert.Equal(released, await OnlyAsync($"issuer={issuer}&subject=bob&outcome=released"));
        Assert.Empty(await FoundAsync("issuer=https%3A%2F%2Fother.example&organisation=Acme"));
        Assert.Contains(refused, await FoundAsync("category=cyber&outcome=refused&reason=verification_required"));
        Assert.DoesNotContain(released, await FoundAsync("category=cyber"));
        Assert.Empty(await FoundAsync("category=cybe"));
        Assert.Contains(refused, await FoundAsync("event=refusal"));
        Assert.DoesNotContain(refused, await FoundAsync("event=outcome"));
        Assert.Contains(refused, await FoundAsync($"from={Uri.EscapeDataString($"{began:O}")}"));
        Assert.Empty(await FoundAsync($"to={Uri.EscapeDataString($"{began.AddDays(-1):O}")}"));
        Assert.Empty(await FoundAsync($"from={Uri.EscapeDataString($"{began.AddDays(1):O}")}"));

        var change = Assert.Single((await access.AdminAsync($"/admin/audit?decision={request}", Auditor)).Expect(200).Items);
        Assert.Equal(("change", "request.created", "ann", "Testing our own systems, by contract."), (Text(change, "kind"), Text(change, "event"), Text(change, "subject"), Text(change, "reason")));
    }

    [Fact]
    public async Task A_grant_is_found_with_its_changes_and_the_releases_in_which_it_counted()
    {
        var owner = access.Person("grantee");
        var request = await access.RequestAsync(owner);
        await access.ApproveAsync(request);
        var grant = (await access.GetAsync($"/v1/access/requests/{request}", owner)).Expect(200).Text("grant_id");
        var released = await access.ReleasedAsync(owner);

        var items = (await access.AdminAsync($"/admin/audit?grant={grant}", Auditor)).Expect(200).Items;

        Assert.Contains(items, item => Text(item, "decision") == released);
        Assert.Contains(items, item => Text(item, "event") == "request.approved" && Text(item, "reason") == "Contract seen.");
    }

    [Fact]
    public async Task Who_looks_for_a_person_is_recorded_with_whom_he_looked_for_and_can_be_found_and_erased_with_either()
    {
        var issuer = Uri.EscapeDataString(AccessGateway.Issuer);
        (await access.AdminAsync($"/admin/audit?issuer={issuer}&subject=watched", access.Staff("nosy", "auditor"))).Expect(200);

        var sought = Assert.Single((await access.AdminAsync($"/admin/audit?issuer={issuer}&subject=watched&event=audit.searched_for&limit=1", Auditor)).Expect(200).Items);
        var found = (await access.AdminAsync("/admin/audit?event=audit.searched", Auditor)).Expect(200).Items;

        Assert.Equal("watched", Text(sought, "subject"));
        Assert.Equal(["the-auditor", "nosy"], found.Where(item => Text(item, "subject") is "nosy" or "the-auditor").Take(2).Select(item => Text(item, "subject")));
        Assert.DoesNotContain("watched", JsonSerializer.Serialize(sought.GetProperty("record")), StringComparison.Ordinal);
        (await access.AdminAsync("/admin/audit?category=cyber", Auditor)).Expect(200);
        Assert.Equal(found.Length, (await access.AdminAsync("/admin/audit?event=audit.searched", Auditor)).Expect(200).Items.Length);
    }

    [Theory]
    [InlineData("/admin/grants")]
    [InlineData("/admin/keys")]
    [InlineData("/admin/identities")]
    public async Task So_is_who_looks_at_what_a_person_has(string path)
    {
        var (issuer, subject) = (Uri.EscapeDataString(AccessGateway.Issuer), "watched-at" + path.Replace('/', '-'));

        (await access.AdminAsync($"{path}?issuer={issuer}&subject={subject}", access.Staff("nosy" + path[7..], "auditor"))).Expect(200);

        var sought = Assert.Single((await access.AdminAsync($"/admin/audit?issuer={issuer}&subject={subject}&event=access.searched_for", Auditor)).Expect(200).Items);
        var looked = Assert.Single((await access.AdminAsync($"/admin/audit?issuer={issuer}&subject=nosy{path[7..]}&event=access.searched", Auditor)).Expect(200).Items);
        Assert.Equal(sought.GetProperty("record").GetProperty("target").GetString(), looked.GetProperty("record").GetProperty("target").GetString());

        // An organisation is no person.
        if (path != "/admin/identities")
        {
            (await access.AdminAsync($"{path}?issuer={issuer}&organisation=acme", access.Staff("busy" + path[7..], "auditor"))).Expect(200);
            Assert.Empty((await access.AdminAsync($"/admin/audit?issuer={issuer}&subject=busy{path[7..]}&event=access.searched", Auditor)).Expect(200).Items);
        }
    }

    [Fact]
    public async Task Of_somebody_who_was_erased_the_records_stand_without_him()
    {
        var refused = await access.RefusedAsync(access.Person("forgotten", "Forgotten Ltd"));
        await access.Gateway.Services.GetRequiredService<SqliteAuditLog>().EraseAsync(AccessGateway.Issuer, "forgotten", default);

        var item = Assert.Single((await access.AdminAsync($"/admin/audit?decision={refused}", Auditor)).Expect(200).Items);

        Assert.True(item.GetProperty("is_erased").GetBoolean());
        Assert.DoesNotContain("orgotten", JsonSerializer.Serialize(item), StringComparison.Ordinal);
        Assert.Empty(await FoundAsync($"issuer={Uri.EscapeDataString(AccessGateway.Issuer)}&subject=forgotten&outcome=refused"));
    }

    [Fact]
    public async Task Pages_follow_each_other_to_the_end_though_new_records_come_in_between()
    {
        var ids = new List<string>();
        for (var i = 0; i < 5; i++)
        {
            ids.Insert(0, await access.RefusedAsync(access.Person("steady", "Steady")));
        }

        var (seen, next) = (new List<string>(), (string?)null);
        do
        {
            var page = (await access.AdminAsync($"/admin/audit?issuer={Uri.EscapeDataString(AccessGateway.Issuer)}&organisation=Steady&limit=2{(next is null ? "" : $"&after={next}")}", Auditor)).Expect(200);
            seen.AddRange(page.Items.Select(static item => Text(item, "decision")!));
            next = page.Body.TryGetProperty("next", out var after) ? after.GetString() : null;
            await access.RefusedAsync(access.Person("steady", "Steady"));
        }
        while (next is not null);

        Assert.Equal(ids, seen);
    }

    [Theory]
    [InlineData("limit=2147483647", 400)]
    [InlineData("after=99999999999999999999", 400)]
    [InlineData("after=0", 200)]
    [InlineData("after=-1", 400)]
    [InlineData("after=%2527", 400)]
    [InlineData("categori=cyber", 400)]
    [InlineData("category=cyber&category=other", 400)]
    [InlineData("category=", 400)]
    [InlineData("category=%00", 400)]
    [InlineData("category=%27%20OR%201%3D1--", 200)]
    [InlineData("decision=%27%20OR%201%3D1--", 400)]
    [InlineData("grant=key_0190163d8694739bb8a4d1a5a1c5a6b7", 400)]
    [InlineData("key_id=key_0190163d8694739bb8a4d1a5a1c5a6b7", 200)]
    [InlineData("event=%25", 400)]
    [InlineData("event=grant.revokd", 400)]
    [InlineData("event=grant.revoked", 200)]
    [InlineData("event=grant.revoked.unkept", 200)]
    [InlineData("event=grant.revoked.", 400)]
    [InlineData("event=.unkept", 400)]
    [InlineData("event=release_intent", 200)]
    [InlineData("event=key", 200)]
    [InlineData("outcome=everything", 400)]
    [InlineData("from=yesterday", 400)]
    [InlineData("from=2031-05-02&to=2031-05-01", 400)]
    [InlineData("from=0001-01-01&to=9999-12-31", 200)]
    [InlineData("subject=ann", 400)]
    [InlineData("organisation=Acme", 400)]
    [InlineData("issuer=i", 400)]
    [InlineData("issuer=i&subject=%F0%9F%98%80%27", 200)]
    public async Task A_query_that_says_nothing_clear_is_refused_and_a_hostile_one_finds_nothing(string query, int status)
    {
        var reply = (await access.AdminAsync($"/admin/audit?{query}", Auditor)).Expect(status);

        Assert.DoesNotContain("OR 1=1", reply.Body.GetRawText(), StringComparison.Ordinal);
        if (status == 200 && query.Contains("OR", StringComparison.Ordinal))
        {
            Assert.Empty(reply.Items);
        }
    }

    [Fact]
    public async Task A_name_without_end_is_refused() =>
        (await access.AdminAsync($"/admin/audit?category={new string('x', 301)}", Auditor)).Expect(400);

    [Fact]
    public async Task Nobody_looks_for_persons_faster_than_people_do()
    {
        var token = access.Staff("crawler", "auditor");
        var statuses = new List<int>();
        for (var i = 0; i < 70; i++)
        {
            statuses.Add((await access.AdminAsync($"/admin/audit?issuer=i&subject=s{i}", token)).Status);
        }

        Assert.Equal([200, 429], statuses.Distinct());
        (await access.AdminAsync("/admin/audit?category=cyber", token)).Expect(200);
    }

    private static string? Text(JsonElement item, string name) => item.TryGetProperty(name, out var value) ? value.GetString() : null;

    private async Task<string> OnlyAsync(string query) => Assert.Single(await FoundAsync(query));

    private async Task<string[]> FoundAsync(string query) =>
        [.. (await access.AdminAsync($"/admin/audit?{query}", Auditor)).Expect(200).Items.Where(item => Text(item, "kind") == "decision").Select(static item => Text(item, "decision")!)];
}
