using System.Net;
using System.Text.RegularExpressions;
using PolicyGateway.Tests.Access;

namespace PolicyGateway.Tests.Portal;

/// <summary>The pages without a script, by plain requests: what they show, what a form does, and who may.</summary>
public sealed partial class PortalPagesTests(PortalGateway portal) : IClassFixture<PortalGateway>
{
    private readonly AccessGateway _access = portal.Access;

    private const string Hostile = "<script>alert(1)</script>\" onfocus=\"x";

    [Fact]
    public async Task Somebody_who_is_not_logged_in_is_led_to_the_login_and_back()
    {
        using var reader = portal.Portal();

        var login = (await reader.GetAsync("/portal/requests/new?category=cyber")).Expect(HttpStatusCode.OK);
        Assert.Equal("Log in", login.Title);

        var page = await reader.SendAsync(login, "/portal/login", ("token", _access.Person("led")));
        Assert.Equal("/portal/requests/new?category=cyber", page.Path);
        Assert.True(page.Document.QuerySelector("input[value=cyber]")!.HasAttribute("checked"));
    }

    [Fact]
    public async Task A_person_sees_what_is_open_and_what_is_missing()
    {
        using var reader = portal.Portal();

        var page = await reader.LogInAsync("portal", _access.Person("sees", "acme"));

        Assert.Equal("Who you are here", page.Title);
        Assert.Contains("sees", page.Text, StringComparison.Ordinal);
        Assert.Contains("Organisationacme", page.Text, StringComparison.Ordinal);
        Assert.Contains("The tier verified; yours is registered.", page.Text, StringComparison.Ordinal);
        Assert.Contains("The credential security-professional.", page.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_request_goes_by_forms_from_asking_to_the_grant_and_its_end()
    {
        using var person = portal.Portal();
        await person.LogInAsync("portal", _access.Person("asks"));
        var form = await person.GetAsync("/portal/requests/new");
        var sent = await person.SendAsync(form, "/portal/requests/new", ("category", "cyber"), ("project", "Pages"), ("purpose", "Our own systems."), ("days", "3"));
        Assert.Contains("Your request was sent.", sent.Text, StringComparison.Ordinal);
        var id = RequestId().Match(sent.Html).Value;

        using var first = await StaffAsync("first", "approver");
        using var second = await StaffAsync("second", "approver");
        var queue = await first.GetAsync("/console");
        Assert.Contains("Pages", queue.Text, StringComparison.Ordinal);
        var review = await first.GetAsync($"/console/requests/{id}");
        Assert.Contains("Our own systems.", review.Text, StringComparison.Ordinal);
        var approved = await first.SendAsync(review, $"/console/requests/{id}/approve", ("reason", "Contract seen."), ("days", "3"));
        Assert.Contains("1 of 2", approved.Text, StringComparison.Ordinal);
        Assert.Contains("it waits for somebody else", approved.Text, StringComparison.Ordinal);
        await second.SendAsync(await second.GetAsync($"/console/requests/{id}"), $"/console/requests/{id}/approve", ("reason", "Contract seen."), ("days", "2"));

        var standing = await person.GetAsync("/portal");
        Assert.Contains("Open by a grant.", standing.Text, StringComparison.Ordinal);

        using var taker = await StaffAsync("taker", "operator");
        var people = await taker.GetAsync($"/console/people?issuer={Uri.EscapeDataString(AccessGateway.Issuer)}&subject=asks");
        var action = people.Document.QuerySelector("form[action^='/console/grants/']")!.GetAttribute("action")!;
        var ended = await taker.SendAsync(people, action, ("reason", "It is over."));
        Assert.Contains("Revoked, also in answers under way.", ended.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("Open by a grant.", (await person.GetAsync("/portal")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_form_that_is_refused_says_why_and_keeps_what_was_written()
    {
        using var person = portal.Portal();
        await person.LogInAsync("portal", _access.Person("keeps"));

        var page = await person.SendAsync(
            await person.GetAsync("/portal/requests/new"), "/portal/requests/new", ("category", "cyber"), ("project", "Kept"), ("purpose", "Kept as well."), ("days", "400"));

        page.Expect(HttpStatusCode.UnprocessableEntity);
        Assert.Contains("days: 1 to 7", page.Document.QuerySelector("[role=alert]")!.TextContent, StringComparison.Ordinal);
        Assert.Equal("Kept", page.Document.QuerySelector("input[name=project]")!.GetAttribute("value"));
        Assert.Equal("Kept as well.", page.Document.QuerySelector("textarea[name=purpose]")!.TextContent);
        Assert.True(page.Document.QuerySelector("input[value=cyber]")!.HasAttribute("checked"));
    }

    [Fact]
    public async Task What_people_write_is_shown_as_text_and_never_as_markup()
    {
        using var person = portal.Portal();
        await person.LogInAsync("portal", _access.Person("hostile"));
        var sent = await person.SendAsync(
            await person.GetAsync("/portal/requests/new"), "/portal/requests/new", ("category", "cyber"), ("project", Hostile), ("purpose", Hostile), ("days", "3"));
        var id = RequestId().Match(sent.Html).Value;
        using var approver = await StaffAsync("reads-hostile", "approver");

        foreach (var page in new[] { sent, await approver.GetAsync("/console"), await approver.GetAsync($"/console/requests/{id}") })
        {
            Assert.Contains("alert(1)", page.Text, StringComparison.Ordinal);
            Assert.Empty(page.Document.QuerySelectorAll("script, [onfocus]"));
        }
    }

    [Theory]
    [InlineData("/portal")]
    [InlineData("/portal/login")]
    [InlineData("/portal/keys")]
    [InlineData("/portal/identities")]
    [InlineData("/portal/signed-out")]
    public async Task No_page_lets_a_script_run_or_another_site_frame_it(string path)
    {
        using var person = portal.Portal();
        await person.LogInAsync("portal", _access.Person("framed"));

        var page = await person.GetAsync(path);

        Assert.StartsWith("default-src 'none'; style-src 'self';", page.Headers["Content-Security-Policy"], StringComparison.Ordinal);
        Assert.Contains("frame-ancestors 'none'", page.Headers["Content-Security-Policy"], StringComparison.Ordinal);
        Assert.Contains("no-store", page.Headers["Cache-Control"], StringComparison.Ordinal);
        Assert.Equal("nosniff", page.Headers["X-Content-Type-Options"]);
        Assert.Empty(page.Document.QuerySelectorAll("script, style, [style]"));
    }

    [Fact]
    public async Task A_form_without_its_token_or_with_another_persons_changes_nothing()
    {
        using var person = portal.Portal();
        await person.LogInAsync("portal", _access.Person("forged"));
        using var other = portal.Portal();
        await other.LogInAsync("portal", _access.Person("forger"));
        var theirs = (await other.GetAsync("/portal/keys")).Document.QuerySelector("input[type=hidden]")!;
        (string, string)[] key = [("name", "stolen"), ("days", "1")];

        (await person.PostAsync("/portal/keys", key)).Expect(HttpStatusCode.BadRequest);
        (await person.PostAsync("/portal/keys", [.. key, (theirs.GetAttribute("name")!, theirs.GetAttribute("value")!)])).Expect(HttpStatusCode.BadRequest);

        Assert.DoesNotContain("stolen", (await person.GetAsync("/portal/keys")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_is_shown_once()
    {
        using var person = portal.Portal();
        await person.LogInAsync("portal", _access.Person("keyed"));

        var made = await person.SendAsync(await person.GetAsync("/portal/keys"), "/portal/keys", ("name", "laptop"), ("days", "7"));
        var key = made.Document.QuerySelector("#made")!.TextContent;
        Assert.StartsWith("pgk_", key, StringComparison.Ordinal);
        using var asked = new HttpRequestMessage(HttpMethod.Get, "/v1/models") { Headers = { { "Authorization", "Bearer " + key } } };
        using (var answer = await _access.Gateway.Client.SendAsync(asked))
        {
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }

        var after = await person.GetAsync("/portal/keys");
        Assert.DoesNotContain(key, after.Html, StringComparison.Ordinal);
        var action = after.Document.QuerySelector("form[action$='/revoke']")!.GetAttribute("action")!;
        Assert.Contains("The key has ended.", (await person.SendAsync(after, action)).Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "/console", HttpStatusCode.Forbidden)]
    [InlineData("auditor", "/console", HttpStatusCode.OK)]
    [InlineData("auditor", "/console/people", HttpStatusCode.OK)]
    [InlineData("operator", "/console/revocations", HttpStatusCode.OK)]
    public async Task The_console_opens_to_roles(string role, string path, HttpStatusCode expected)
    {
        using var staff = await StaffAsync("with-" + role, role.Length == 0 ? [] : [role]);

        (await staff.GetAsync(path)).Expect(expected);
    }

    [Fact]
    public async Task An_auditor_reads_and_decides_nothing()
    {
        var id = await _access.RequestAsync(_access.Person("audited"));
        using var auditor = await StaffAsync("auditor", "auditor");

        var page = await auditor.GetAsync($"/console/requests/{id}");
        Assert.Contains("Approvers decide requests.", page.Text, StringComparison.Ordinal);
        var forgery = page.Document.QuerySelector("input[type=hidden]")!;
        var sent = await auditor.PostAsync($"/console/requests/{id}/approve", [("reason", "x"), (forgery.GetAttribute("name")!, forgery.GetAttribute("value")!)]);
        sent.Expect(HttpStatusCode.Forbidden);
        Assert.Contains("0 of 2", (await auditor.GetAsync($"/console/requests/{id}")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_console_is_not_on_the_public_address_nor_the_portal_on_the_other()
    {
        using var outside = portal.Portal();
        using var inside = portal.Console();

        (await outside.GetAsync("/console/login")).Expect(HttpStatusCode.NotFound);
        (await inside.GetAsync("/portal/login")).Expect(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_revoked_person_is_logged_out_at_the_next_page()
    {
        using var person = portal.Portal();
        await person.LogInAsync("portal", _access.Person("thrown-out"));
        using var taker = await StaffAsync("throws-out", "operator");
        await taker.SendAsync(
            await taker.GetAsync("/console/revocations"), "/console/revocations", ("target", "person"), ("issuer", AccessGateway.Issuer), ("subject", "thrown-out"), ("reason", "Left."));

        Assert.Equal("Log in", (await person.GetAsync("/portal")).Title);
    }

    [Fact]
    public async Task Logging_out_ends_the_session_and_not_only_the_cookie()
    {
        using var person = portal.Portal();
        var page = await person.LogInAsync("portal", _access.Person("leaves"));
        var cookie = person.Cookies.GetAllCookies().Single(cookie => cookie.Name == "policygateway-portal");
        Assert.True(cookie.HttpOnly);
        Assert.Equal("/portal", cookie.Path);

        Assert.Equal("You are logged out", (await person.SendAsync(page, "/portal/logout")).Title);

        using var thief = portal.Portal();
        thief.Cookies.Add(new Cookie(cookie.Name, cookie.Value, cookie.Path, cookie.Domain));
        Assert.Equal("Log in", (await thief.GetAsync("/portal")).Title);
    }

    [Theory]
    [InlineData("https://evil.example/")]
    [InlineData("//evil.example")]
    [InlineData("/portalevil")]
    [InlineData("/portal/\\evil.example")]
    [InlineData("/console")]
    [InlineData("/portal/\r\nLocation: x")]
    public async Task A_login_leads_nowhere_else(string path)
    {
        using var person = portal.Portal();
        var login = await person.GetAsync("/portal/login?return=" + Uri.EscapeDataString(path));

        Assert.Equal("/portal", (await person.SendAsync(login, "/portal/login", ("token", _access.Person("led-astray")))).Path);
    }

    [Theory]
    [InlineData("not a token")]
    [InlineData("pgk_0000000000000000000000000000000000000000000000000")]
    [InlineData("eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.")]
    public async Task What_is_no_token_logs_nobody_in(string token)
    {
        using var person = portal.Portal();

        (await person.LogInAsync("portal", token)).Expect(HttpStatusCode.Unauthorized);
        Assert.Equal("Log in", (await person.GetAsync("/portal")).Title);
    }

    [Fact]
    public async Task A_form_that_is_huge_or_of_another_kind_is_refused()
    {
        using var person = portal.Portal();
        var page = await person.LogInAsync("portal", _access.Person("huge"));
        var forgery = page.Document.QuerySelector("input[type=hidden]")!;

        (await person.PostAsync("/portal/keys", [("name", new string('x', 200_000)), (forgery.GetAttribute("name")!, forgery.GetAttribute("value")!)])).Expect(HttpStatusCode.BadRequest);
        using var json = new StringContent("{}", System.Text.Encoding.UTF8, "application/json");
        using var response = await person.Client.PostAsync("/portal/keys", json);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
    }

    private async Task<PageReader> StaffAsync(string subject, params string[] roles)
    {
        var reader = portal.Console();
        await reader.LogInAsync("console", _access.Staff(subject, roles));
        return reader;
    }

    [GeneratedRegex("req_[0-9a-f]+")]
    private static partial Regex RequestId();
}
