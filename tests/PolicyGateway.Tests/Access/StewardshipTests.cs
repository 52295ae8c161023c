using System.Net;
using PolicyGateway.Identity;

namespace PolicyGateway.Tests.Access;

/// <summary>What an organisation holds is passed on by its stewards, and never becomes more by it.</summary>
public sealed class StewardshipTests(AccessGateway access) : IClassFixture<AccessGateway>
{
    [Fact]
    public async Task What_is_passed_on_opens_and_falls_with_what_it_is_part_of()
    {
        var (held, member) = (await HeldAsync("lab"), access.Person("lab-member", "lab"));
        Assert.Equal(HttpStatusCode.Forbidden, await AskAsync(member));

        var shared = (await ShareAsync("lab", held, "lab-member")).Expect(201);
        Assert.Equal(HttpStatusCode.OK, await AskAsync(member));
        Assert.Equal(HttpStatusCode.Forbidden, await AskAsync(access.Person("lab-other", "lab")));

        // Who leaves the organisation leaves its grant.
        Assert.Equal(HttpStatusCode.Forbidden, await AskAsync(access.Person("lab-member", "elsewhere")));
        Assert.Equal(HttpStatusCode.Forbidden, await AskAsync(access.Person("lab-member")));
        var left = (await access.GetAsync("/v1/access/me", access.Person("lab-member"))).Expect(200).Body;
        Assert.Equal((0, 0), (left.GetProperty("grants").GetArrayLength(), left.GetProperty("grants_for_projects").GetArrayLength()));

        (await access.AdminAsync($"/admin/grants/{held}/revoke", access.Staff("takes", "operator"), new { reason = "The contract ended." })).Expect(200);
        Assert.Equal(HttpStatusCode.Forbidden, await AskAsync(member));
        Assert.Equal(held, shared.Text("within"));
    }

    [Fact]
    public async Task What_wants_two_approvers_is_an_organisations_by_a_stewards_request_and_two_people_of_elsewhere()
    {
        object Ask(bool forOrganisation) => new { categories = new[] { "cyber" }, project = "Red team 2031", purpose = "A contract.", days = 7, for_organisation = forOrganisation };
        (await access.PostAsync("/v1/access/requests", access.Person("no-steward", "two"), Ask(true))).Expect(403);
        (await access.PostAsync("/v1/access/requests", access.Staff("of-no-organisation", "steward"), Ask(true))).Expect(403);
        var request = (await access.PostAsync("/v1/access/requests", Steward("two"), Ask(true))).Expect(201).Text("id");
        var approve = $"/admin/requests/{request}/approve";

        (await access.AdminAsync(approve, Approver("steward-of-two", "two"), new { reason = "Mine." })).Expect(403);
        (await access.AdminAsync(approve, Approver("colleague", "two"), new { reason = "Ours." })).Expect(403);
        (await access.AdminAsync(approve, Approver("first", "elsewhere"), new { reason = "Contract seen." })).Expect(200);
        var approved = (await access.AdminAsync(approve, Approver("second", null), new { reason = "Contract seen." })).Expect(200);

        var held = approved.Text("grant_id");
        Assert.True(approved.Body.GetProperty("for_organisation").GetBoolean());
        Assert.Equal(HttpStatusCode.Forbidden, await AskAsync(access.Person("two-member", "two"), "cyber"));
        Assert.Equal(HttpStatusCode.Forbidden, await AskAsync(Steward("two"), "cyber"));
        (await access.PostAsync("/v1/access/organisation/grants", Steward("two"), new { within = held, subject = "two-member", categories = new[] { "cyber" }, days = 1, reason = "On the team." })).Expect(201);
        Assert.Equal(HttpStatusCode.OK, await AskAsync(access.Person("two-member", "two"), "cyber"));
        Assert.Equal(HttpStatusCode.Forbidden, await AskAsync(access.Person("two-other", "two"), "cyber"));
    }

    [Fact]
    public async Task It_can_be_taken_back()
    {
        var held = await HeldAsync("taken");
        var shared = (await ShareAsync("taken", held, "taken-member")).Expect(201).Text("id");
        var member = access.Person("taken-member", "taken");
        Assert.Equal(HttpStatusCode.OK, await AskAsync(member));

        (await access.PostAsync($"/v1/access/organisation/grants/{shared}/revoke", Steward("other-org"), new { reason = "Not mine." })).Expect(404);
        (await access.PostAsync($"/v1/access/organisation/grants/{shared}/revoke", Steward("taken"), new { reason = "Left." })).Expect(200);

        Assert.Equal(HttpStatusCode.Forbidden, await AskAsync(member));
    }

    [Fact]
    public async Task Nothing_becomes_more_by_being_passed_on()
    {
        var held = await HeldAsync("bounded", days: 2, models: ["m"]);
        var path = "/v1/access/organisation/grants";
        object Draft(string? within = null, string subject = "x", string category = "other", string[]? models = null, int days = 1) =>
            new { within = within ?? held, subject, categories = new[] { category }, models, days, reason = "Needed." };

        (await access.PostAsync(path, Steward("bounded"), Draft(category: "fraud"))).Expect(422);
        (await access.PostAsync(path, Steward("bounded"), Draft(models: ["m-pro"]))).Expect(422);
        (await access.PostAsync(path, Steward("bounded"), Draft(category: "other.\u202e"))).Expect(422);
        (await access.PostAsync(path, Steward("unbounded"), Draft(within: await HeldAsync("unbounded"), models: ["m\u202e"]))).Expect(422);
        (await access.PostAsync(path, Steward("bounded"), Draft(days: 0))).Expect(422);
        (await access.PostAsync(path, Steward("bounded"), Draft(subject: "steward-of-bounded"))).Expect(403);
        (await access.PostAsync(path, Steward("other-org"), Draft())).Expect(404);
        (await access.PostAsync(path, access.Person("nobody", "bounded"), Draft())).Expect(403);
        (await access.PostAsync(path, access.Staff("admin", "administrator"), Draft())).Expect(403);
        (await access.PostAsync(path, Steward("bounded"), Draft(within: "grt_unknown"))).Expect(404);

        var longest = (await access.PostAsync(path, Steward("bounded"), Draft(days: 366))).Expect(201);
        var parent = (await access.GetAsync(path, Steward("bounded"))).Expect(200).Items.Single();
        Assert.Equal(parent.GetProperty("expires_at").GetString(), longest.Text("expires_at"));
        Assert.Equal("m", longest.Body.GetProperty("models")[0].GetString());

        // What was passed on is passed on no further.
        (await access.PostAsync(path, Steward("bounded"), Draft(within: longest.Text("id")))).Expect(404);
    }

    [Fact]
    public async Task A_grant_to_everybody_of_an_organisation_is_not_passed_on()
    {
        var open = (await GrantAsync("everybody", assignable: false)).Expect(201).Text("id");

        Assert.Equal(HttpStatusCode.OK, await AskAsync(access.Person("anybody", "everybody")));
        (await ShareAsync("everybody", open, "somebody")).Expect(409);
        (await access.AdminAsync("/admin/grants", access.Staff("gives", "administrator"), new
        {
            person = new { issuer = AccessGateway.Issuer, subject = "x" },
            categories = new[] { "other" },
            days = 1,
            reason = "Needed.",
            assignable = true,
        })).Expect(422);
    }

    [Fact]
    public async Task Its_stewards_see_what_was_passed_on_and_to_whom()
    {
        var held = await HeldAsync("seen");
        var path = $"/v1/access/organisation/grants/{held}/passed-on";
        var first = (await ShareAsync("seen", held, "first")).Expect(201).Text("id");
        var second = (await ShareAsync("seen", held, "second")).Expect(201).Text("id");
        (await access.PostAsync($"/v1/access/organisation/grants/{first}/revoke", Steward("seen"), new { reason = "Left." })).Expect(200);
        await ShareAsync("other", await HeldAsync("other"), "third");

        var seen = (await access.GetAsync(path, Steward("seen"))).Expect(200).Items;

        Assert.Equal([second, first], seen.Select(static grant => grant.GetProperty("id").GetString()));
        Assert.Equal("second", seen[0].GetProperty("person").GetProperty("subject").GetString());
        (await access.GetAsync(path, Steward("other"))).Expect(404);
        (await access.GetAsync(path, access.Person("nobody", "seen"))).Expect(403);
    }

    [Fact]
    public async Task Its_stewards_see_neither_who_gave_it_nor_what_he_wrote()
    {
        var held = await HeldAsync("private");
        var passed = (await ShareAsync("private", held, "private-member")).Expect(201);
        var back = (await access.PostAsync($"/v1/access/organisation/grants/{passed.Text("id")}/revoke", Steward("private"), new { reason = "Left the team." })).Expect(200);
        var listed = (await access.GetAsync("/v1/access/organisation/grants", Steward("private"))).Expect(200);
        var passedOn = (await access.GetAsync($"/v1/access/organisation/grants/{held}/passed-on", Steward("private"))).Expect(200);

        Assert.True(Assert.Single(listed.Items).GetProperty("is_assignable").GetBoolean());
        Assert.True(Assert.Single(passedOn.Items).TryGetProperty("revoked_at", out _));
        foreach (var text in new[] { passed, back, listed, passedOn }.Select(static reply => reply.Body.GetRawText()))
        {
            Assert.All(new[] { "approvals", "\"gives\"", "By contract.", "steward-of-private", "Works on it.", "Left the team." }, hidden => Assert.DoesNotContain(hidden, text, StringComparison.Ordinal));
        }
    }

    private string Steward(string organisation) => access.Gateway.TokenOf(
        new DevelopmentToken("registered") { Subject = "steward-of-" + organisation, Organisation = organisation, Roles = ["steward"] });

    private string Approver(string subject, string? organisation) => access.Gateway.TokenOf(
        new DevelopmentToken("registered") { Subject = subject, Organisation = organisation, Roles = ["approver"] });

    private async Task<string> HeldAsync(string organisation, int days = 7, string[]? models = null) =>
        (await GrantAsync(organisation, true, days, models)).Expect(201).Text("id");

    private Task<Reply> GrantAsync(string organisation, bool assignable, int days = 7, string[]? models = null) => access.AdminAsync("/admin/grants", access.Staff("gives", "administrator"), new
    {
        organisation = new { issuer = AccessGateway.Issuer, name = organisation },
        categories = new[] { "other" },
        models,
        days,
        reason = "By contract.",
        assignable,
    });

    private Task<Reply> ShareAsync(string organisation, string within, string subject) => access.PostAsync(
        "/v1/access/organisation/grants", Steward(organisation), new { within, subject, categories = new[] { "other" }, days = 3, reason = "Works on it." });

    /// <summary>What comes of a question that only <c>other</c> opens.</summary>
    private async Task<HttpStatusCode> AskAsync(string token, string name = "other")
    {
        var me = (await access.GetAsync("/v1/access/me", token)).Expect(200);
        return me.Body.GetProperty("categories").EnumerateArray().Single(category => category.GetProperty("category").GetString() == name).GetProperty("open").GetBoolean()
            ? HttpStatusCode.OK
            : HttpStatusCode.Forbidden;
    }
}
