using System.Net;
using PolicyGateway.Tests.Access;
using PolicyGateway.Tests.Fakes;
using PolicyGateway.Tests.Inference;

namespace PolicyGateway.Tests.Portal;

/// <summary>What people see of their own decisions, and what staff see of everybody's, of figures and of the policy.</summary>
public sealed class ReadPagesTests(PortalGateway portal) : IClassFixture<PortalGateway>
{
    private readonly AccessGateway _access = portal.Access;

    [Fact]
    public async Task A_refusal_is_among_ones_own_decisions_and_leads_to_an_appeal()
    {
        var decision = await RefuseAsync("refused-here");
        using var person = portal.Portal();
        await person.LogInAsync("portal", _access.Person("refused-here"));

        var page = await person.GetAsync("/portal/decisions");

        Assert.Contains(decision, page.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("marker", page.Html, StringComparison.Ordinal);
        var form = await person.GetAsync(page.Document.QuerySelector("a[href^='/portal/appeals/new']")!.GetAttribute("href")!);
        await person.SendAsync(form, "/portal/appeals/new", ("decision", decision), ("statement", "It was about my own systems."));
        Assert.NotNull((await person.GetAsync("/portal/decisions")).Document.QuerySelector("a[href='/portal/appeals']:not([aria-current]):not(nav a)"));

        using var stranger = portal.Portal();
        await stranger.LogInAsync("portal", _access.Person("stranger"));
        Assert.DoesNotContain(decision, (await stranger.GetAsync("/portal/decisions")).Html, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, "Counts only for access tokens that are made for it, so not for this login.")]
    [InlineData(false, "Open by a grant.")]
    public async Task Somebody_sees_for_which_project_and_how_long_he_has_a_grant(bool isBound, string shown)
    {
        var subject = $"for-a-project-{isBound}";
        var grant = (await _access.AdminAsync("/admin/grants", _access.Staff("gives", "administrator"), new
        {
            person = new { issuer = AccessGateway.Issuer, subject },
            categories = new[] { "other" },
            models = new[] { "m", "m-pro" },
            project = "Red <b>team</b>",
            bind_project = isBound,
            days = 3,
            reason = "By contract.",
        })).Expect(201);
        using var person = portal.Portal();

        var page = await person.LogInAsync("portal", _access.Person(subject));

        var row = page.Document.QuerySelector("table tbody tr")!;
        Assert.Equal(["other", "given to you", "m, m-pro"], row.QuerySelectorAll("td").Take(3).Select(static cell => cell.TextContent.Trim()));
        Assert.Contains("Red <b>team</b>", row.TextContent, StringComparison.Ordinal);
        Assert.Equal(DateTimeOffset.Parse(grant.Text("expires_at"), System.Globalization.CultureInfo.InvariantCulture), DateTimeOffset.Parse(row.QuerySelectorAll("time")[1].GetAttribute("datetime")!, System.Globalization.CultureInfo.InvariantCulture));
        Assert.Contains(shown, page.Text, StringComparison.Ordinal);
        Assert.Equal(isBound, row.TextContent.Contains("not for this login", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_auditor_finds_a_decision_and_the_search_for_a_person_is_recorded()
    {
        var decision = await RefuseAsync("looked-for");
        using var auditor = portal.Console();
        await auditor.LogInAsync("console", _access.Staff("looks", "auditor"));

        Assert.Contains("looked-for", (await auditor.GetAsync($"/console/audit?decision={decision}&subject=&from=")).Text, StringComparison.Ordinal);
        Assert.Contains(decision, (await auditor.GetAsync($"/console/audit?issuer={Uri.EscapeDataString(AccessGateway.Issuer)}&subject=looked-for")).Text, StringComparison.Ordinal);

        Assert.Contains("looks", (await auditor.GetAsync("/console/audit?event=audit.searched")).Text, StringComparison.Ordinal);
        var faulty = await auditor.GetAsync("/console/audit?from=yesterday");
        Assert.Equal(HttpStatusCode.BadRequest, faulty.Status);
        Assert.Equal("yesterday", faulty.Document.QuerySelector("input[name=from]")!.GetAttribute("value"));
    }

    [Fact]
    public async Task The_chain_is_verified_from_the_page()
    {
        await RefuseAsync("verified");
        using var auditor = portal.Console();
        await auditor.LogInAsync("console", _access.Staff("verifies", "auditor"));

        var page = await auditor.SendAsync(await auditor.GetAsync("/console/audit"), "/console/audit/verify");
        for (var tries = 0; tries < 100 && !page.Text.Contains("intact", StringComparison.Ordinal); tries++)
        {
            await Task.Delay(100);
            page = await auditor.GetAsync("/console/audit");
        }

        Assert.Contains("intact", page.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Figures_are_drawn_and_stand_in_a_table()
    {
        await RefuseAsync("counted");
        using var auditor = portal.Console();
        await auditor.LogInAsync("console", _access.Staff("counts", "auditor"));

        var page = await auditor.GetAsync("/console/statistics?bucket=hour");

        Assert.NotEmpty(page.Document.QuerySelectorAll("svg rect.refused title"));
        Assert.Contains("By tier", page.Text, StringComparison.Ordinal);
        Assert.NotEmpty(page.Document.QuerySelectorAll("table td.number"));
        (await auditor.GetAsync("/console/statistics?from=2031-01-01&to=2030-01-01")).Expect(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task The_policy_is_shown_with_what_its_last_change_changed()
    {
        using var auditor = portal.Console();
        await auditor.LogInAsync("console", _access.Staff("reads-policy", "auditor"));
        var file = Path.Combine(_access.Gateway.Folder, "policy.json");
        var before = await File.ReadAllTextAsync(file);
        Assert.Contains("\"approvals\": 2", (await auditor.GetAsync("/console/policy")).Text, StringComparison.Ordinal);

        await File.WriteAllTextAsync(file, before.Replace("\"longest_grant_days\": 7", "\"longest_grant_days\": 6", StringComparison.Ordinal));
        Page page;
        var tries = 0;
        do
        {
            await Task.Delay(100);
            page = await auditor.GetAsync("/console/policy");
        }
        while (page.Document.QuerySelector("ins") is null && tries++ < 100);

        Assert.Contains("\"longest_grant_days\": 6", page.Document.QuerySelector("ins")!.TextContent, StringComparison.Ordinal);
        Assert.Contains("\"longest_grant_days\": 7", page.Document.QuerySelector("del")!.TextContent, StringComparison.Ordinal);
        await File.WriteAllTextAsync(file, before);
    }

    [Fact]
    public async Task Sealed_text_is_not_opened_where_none_is_kept()
    {
        var decision = await RefuseAsync("unsealed");
        using var approver = portal.Console();
        await approver.LogInAsync("console", _access.Staff("opens", "approver"));

        var found = await approver.GetAsync($"/console/audit?decision={decision}");
        var page = await approver.SendAsync(found, $"/console/evidence/{decision}", ("reason", "To decide an appeal."));

        page.Expect(HttpStatusCode.NotFound);
        Assert.DoesNotContain("marker", page.Html, StringComparison.Ordinal);
    }

    private async Task<string> RefuseAsync(string subject)
    {
        var answer = await _access.Gateway.SendAsync(TheGateway.Ask(KeywordClassifier.Cyber), _access.Person(subject));
        Assert.Equal(HttpStatusCode.Forbidden, answer.Status);
        var decision = answer.Error.GetProperty("decision_id").GetString()!;
        for (var tries = 0; (await _access.GetAsync($"/v1/access/decisions/{decision}", _access.Person(subject))).Status != 200; tries++)
        {
            // A refusal is noted, and written a moment later.
            Assert.True(tries < 100, "The refusal is not in the audit.");
            await Task.Delay(50);
        }

        return decision;
    }
}
