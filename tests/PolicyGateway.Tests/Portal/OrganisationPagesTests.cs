using System.Net;
using PolicyGateway.Identity;
using PolicyGateway.Tests.Access;

namespace PolicyGateway.Tests.Portal;

/// <summary>A steward passes on what his organisation holds, by forms: never more than that, and nobody else does.</summary>
public sealed class OrganisationPagesTests(PortalGateway portal) : IClassFixture<PortalGateway>
{
    private const string Hostile = "<script>alert(1)</script>\" onfocus=\"x";

    private readonly AccessGateway _access = portal.Access;

    [Fact]
    public async Task What_an_administrator_grants_to_an_organisation_a_steward_passes_on_and_takes_back()
    {
        using var admin = portal.Console();
        await admin.LogInAsync("console", _access.Staff("gives", "administrator"));
        var people = await admin.GetAsync($"/console/people?issuer={Uri.EscapeDataString(AccessGateway.Issuer)}&organisation=lab");
        await admin.SendAsync(people, "/console/grants", ("category", "other"), ("days", "7"), ("reason", "By contract."), ("assignable", "yes"));
        using var steward = await StewardAsync("lab");

        var list = await steward.GetAsync(Link(await steward.GetAsync("/portal"), "nav a[href='/portal/organisation']"));
        Assert.Contains("whom a steward passes it on to", list.Text, StringComparison.Ordinal);
        var path = Link(list, "td a");
        var passed = await steward.SendAsync(await steward.GetAsync(path), path, ("subject", "lab-member"), ("category", "other"), ("days", "3"), ("reason", "Works on it."));

        Assert.Contains("Passed on. It counts from now on.", passed.Text, StringComparison.Ordinal);
        Assert.Contains("lab-member", passed.Document.QuerySelector("tbody")!.TextContent, StringComparison.Ordinal);
        Assert.All(new[] { "steward-of-lab", "Works on it.", "By contract." }, hidden => Assert.DoesNotContain(hidden, passed.Document.QuerySelector("main")!.TextContent, StringComparison.Ordinal));
        using var member = portal.Portal();
        var standing = await member.LogInAsync("portal", _access.Person("lab-member", "lab"));
        Assert.Contains("passed on by lab", standing.Text, StringComparison.Ordinal);
        Assert.Contains("Open by a grant.", standing.Text, StringComparison.Ordinal);

        var action = passed.Document.QuerySelector("form[action$='/revoke']")!.GetAttribute("action")!;
        var unsaid = await steward.SendAsync(passed, action, ("reason", ""));
        unsaid.Expect(HttpStatusCode.UnprocessableEntity);
        Assert.Contains("Taken back, also in answers under way.", (await steward.SendAsync(passed, action, ("reason", "Left."))).Text, StringComparison.Ordinal);
        Assert.DoesNotContain("passed on by lab", (await member.GetAsync("/portal")).Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("member", "fraud", "m", "1", 422, "categories")]
    [InlineData("member", "other", "m-pro", "1", 422, "models")]
    [InlineData("member", "other", "m\u202e", "1", 422, "models")]
    [InlineData("member", "other", "m", "0", 422, "days")]
    [InlineData("member", "other", "m", "400", 422, "days")]
    [InlineData("", "other", "m", "1", 422, "subject")]
    [InlineData("steward-of-bounded", "other", "m", "1", 403, "Nobody passes anything on to himself.")]
    public async Task A_forged_form_passes_on_no_more_than_there_is_and_keeps_what_was_written(string subject, string category, string model, string days, int status, string fault)
    {
        var path = "/portal/organisation/" + await HeldAsync("bounded", ["m"]);
        using var steward = await StewardAsync("bounded");

        var page = await steward.SendAsync(await steward.GetAsync(path), path, ("subject", subject), ("category", category), ("models", model), ("days", days), ("reason", "Kept as well."));

        page.Expect((HttpStatusCode)status);
        Assert.Contains(fault, page.Document.QuerySelector("[role=alert]")!.TextContent, StringComparison.Ordinal);
        Assert.Equal(subject, page.Document.QuerySelector("input[name=subject]")!.GetAttribute("value") ?? "");
        Assert.Equal("Kept as well.", page.Document.QuerySelector("textarea[name=reason]")!.TextContent);
        Assert.Equal(category == "other", page.Document.QuerySelector("input[value=other]")!.HasAttribute("checked"));
        Assert.Contains("To nobody yet.", (await steward.GetAsync(path)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_ends_with_the_organisations_grant_at_the_latest_and_counts_for_its_models()
    {
        var path = "/portal/organisation/" + await HeldAsync("brief", ["m"]);
        using var steward = await StewardAsync("brief");
        var before = await steward.GetAsync(path);

        var page = await steward.SendAsync(before, path, ("subject", "member"), ("category", "other"), ("days", "366"), ("reason", "Works on it."));

        var end = before.Document.QuerySelector("dl time")!.GetAttribute("datetime");
        Assert.Equal(end, page.Document.QuerySelector("tbody time")!.GetAttribute("datetime"));
        Assert.Equal("m", page.Document.QuerySelector("tbody td:nth-child(3)")!.TextContent);
    }

    [Theory]
    [InlineData("closed", "", 403)]
    [InlineData("closed", "administrator", 403)]
    [InlineData("elsewhere", "steward", 404)]
    [InlineData(null, "steward", 403)]
    public async Task Nobody_else_sees_or_passes_on_what_it_holds(string? organisation, string role, int status)
    {
        var path = "/portal/organisation/" + await HeldAsync("closed");
        using var person = portal.Portal();
        var first = await person.LogInAsync("portal", _access.Gateway.TokenOf(
            new DevelopmentToken("registered") { Subject = "else", Organisation = organisation, Roles = role.Length == 0 ? [] : [role] }));
        var forgery = first.Document.QuerySelector("input[type=hidden]")!;
        (string, string)[] form = [("subject", "x"), ("category", "other"), ("days", "1"), ("reason", "Mine."), (forgery.GetAttribute("name")!, forgery.GetAttribute("value")!)];

        (await person.GetAsync(path)).Expect((HttpStatusCode)status);
        (await person.PostAsync(path, form)).Expect((HttpStatusCode)status);
        (await person.PostAsync(path + "/passed-on/grt_unknown/revoke", form)).Expect((HttpStatusCode)status);
        Assert.Equal(status == 404, first.Document.QuerySelector("nav a[href='/portal/organisation']") is not null);
        (await person.GetAsync("/portal/organisation")).Expect(status == 404 ? HttpStatusCode.OK : HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task A_steward_asks_for_his_organisation_and_whoever_decides_sees_that()
    {
        using var person = portal.Portal();
        await person.LogInAsync("portal", _access.Person("asks-alone", "asking"));
        Assert.DoesNotContain("for_organisation", (await person.GetAsync("/portal/requests/new")).Html, StringComparison.Ordinal);
        using var steward = await StewardAsync("asking");
        var form = await steward.GetAsync("/portal/requests/new?category=cyber");
        Assert.Contains("For asking, whose stewards pass it on", form.Text, StringComparison.Ordinal);

        var sent = await steward.SendAsync(form, "/portal/requests/new", ("category", "cyber"), ("project", "Red team"), ("purpose", "A contract."), ("days", "7"), ("for_organisation", "yes"));
        Assert.Equal("/portal/requests?done=requested", sent.Path);

        using var colleague = portal.Console();
        await colleague.LogInAsync("console", _access.Gateway.TokenOf(new DevelopmentToken("registered") { Subject = "colleague", Organisation = "asking", Roles = ["approver"] }));
        using var approver = portal.Console();
        var queue = await approver.LogInAsync("console", _access.Staff("decides", "approver"));
        var request = queue.Document.QuerySelector("a[href^='/console/requests/']")!.GetAttribute("href")!;
        var page = await approver.GetAsync(request);
        Assert.Contains("the organisation; its stewards pass it on", page.Text, StringComparison.Ordinal);
        Assert.NotNull(page.Document.QuerySelector("textarea[name=reason]"));
        var own = await colleague.GetAsync(request);
        Assert.Null(own.Document.QuerySelector("textarea[name=reason]"));
        Assert.Contains("your organisation's; somebody else decides it", own.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_form_without_its_token_passes_nothing_on()
    {
        var path = "/portal/organisation/" + await HeldAsync("forged");
        using var steward = await StewardAsync("forged");

        (await steward.PostAsync(path, [("subject", "x"), ("category", "other"), ("days", "1"), ("reason", "Forged.")])).Expect(HttpStatusCode.BadRequest);
        (await steward.PostAsync(path + "/passed-on/grt_x/revoke", [("reason", "Forged.")])).Expect(HttpStatusCode.BadRequest);

        Assert.Contains("To nobody yet.", (await steward.GetAsync(path)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_steward_writes_is_shown_as_text()
    {
        var path = "/portal/organisation/" + await HeldAsync("hostile");
        using var steward = await StewardAsync("hostile");

        var page = await steward.SendAsync(await steward.GetAsync(path), path, ("subject", Hostile), ("category", "other"), ("models", Hostile), ("days", "1"), ("reason", Hostile));

        Assert.Equal(2, page.Document.QuerySelectorAll("tbody td").Count(cell => cell.TextContent.Contains("alert(1)", StringComparison.Ordinal)));
        Assert.Empty(page.Document.QuerySelectorAll("script, [onfocus]"));
    }

    [Fact]
    public async Task What_is_open_to_everybody_of_it_is_not_passed_on()
    {
        var path = "/portal/organisation/" + await HeldAsync("everybody", assignable: false);
        using var steward = await StewardAsync("everybody");

        var page = await steward.GetAsync(path);

        Assert.Contains("It is open to everybody of the organisation", page.Text, StringComparison.Ordinal);
        Assert.Null(page.Document.QuerySelector("main form"));
        using var person = portal.Portal();
        Assert.Contains("everybody's of everybody", (await person.LogInAsync("portal", _access.Person("any", "everybody"))).Text, StringComparison.Ordinal);
    }

    private string Steward(string organisation) => _access.Gateway.TokenOf(
        new DevelopmentToken("registered") { Subject = "steward-of-" + organisation, Organisation = organisation, Roles = ["steward"] });

    private async Task<PageReader> StewardAsync(string organisation)
    {
        var reader = portal.Portal();
        await reader.LogInAsync("portal", Steward(organisation));
        return reader;
    }

    private async Task<string> HeldAsync(string organisation, string[]? models = null, bool assignable = true) => (await _access.AdminAsync("/admin/grants", _access.Staff("gives", "administrator"), new
    {
        organisation = new { issuer = AccessGateway.Issuer, name = organisation },
        categories = new[] { "other" },
        models,
        days = 7,
        reason = "By contract.",
        assignable,
    })).Expect(201).Text("id");

    private static string Link(Page page, string selector) => page.Document.QuerySelector(selector)!.GetAttribute("href")!;
}
