using System.Net;
using System.Text.Json;
using PolicyGateway.Tests.Access;

namespace PolicyGateway.Tests.Portal;

/// <summary>A person takes what is kept of him; an administrator takes it for him, and erases him.</summary>
public sealed class PrivacyPagesTests(PortalGateway portal) : IClassFixture<PortalGateway>
{
    private const string Hostile = "<script>alert(1)</script>\" onfocus=\"x";

    private readonly AccessGateway _access = portal.Access;

    [Fact]
    public async Task A_person_downloads_what_is_his_and_nothing_that_is_anothers()
    {
        var request = await _access.RequestAsync(_access.Person("downloads"));
        var other = await _access.RequestAsync(_access.Person("somebody-else"));
        using var person = portal.Portal();
        var first = await person.LogInAsync("portal", _access.Person("downloads"));
        var page = await person.GetAsync(first.Document.QuerySelector("nav a[href='/portal/data']")!.GetAttribute("href")!);

        var file = await person.GetAsync(page.Document.QuerySelector("main form")!.GetAttribute("action") + "?after=");

        var export = Saved(file);
        Assert.Equal(request, export.GetProperty("requests")[0].GetProperty("id").GetString());
        Assert.DoesNotContain(other, file.Html, StringComparison.Ordinal);
        Assert.False(export.TryGetProperty("written_about", out _));
    }

    [Fact]
    public async Task Who_is_not_logged_in_downloads_nothing()
    {
        using var nobody = portal.Portal();

        Assert.Equal("Log in", (await nobody.GetAsync("/portal/data/export")).Title);
    }

    [Fact]
    public async Task Downloads_are_counted_as_changes_are()
    {
        using var person = portal.Portal();
        await person.LogInAsync("portal", _access.Person("greedy"));

        Page last;
        var tries = 0;
        do
        {
            last = await person.GetAsync("/portal/data/export");
        }
        while (last.Status == HttpStatusCode.OK && tries++ < 200);

        last.Expect(HttpStatusCode.TooManyRequests);
        Assert.Equal("Your data", last.Title);
    }

    [Fact]
    public async Task An_administrator_exports_a_person_as_a_file_and_that_is_recorded()
    {
        var request = await _access.RequestAsync(_access.Person("exported"));
        (await _access.AdminAsync($"/admin/requests/{request}/deny", _access.Staff("denies", "approver"), new { reason = "No contract seen." })).Expect(200);
        using var admin = await AdministratorAsync("exports");

        // From the page about the person.
        var people = await admin.GetAsync($"/console/people{Of("exported")}");
        var page = await admin.GetAsync(people.Document.QuerySelector("main a[href^='/console/privacy']")!.GetAttribute("href")!);
        var file = await admin.SendAsync(page, "/console/privacy/export", ("after", ""));

        var export = Saved(file);
        Assert.Equal("exported", export.GetProperty("subject").GetString());
        Assert.Equal("No contract seen.", export.GetProperty("written_about")[0].GetProperty("text").GetString());
        Assert.Contains("exports", (await admin.GetAsync("/console/audit?event=privacy.exported")).Document.QuerySelector("tbody")!.TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_administrator_erases_a_person_who_is_logged_out_and_gone()
    {
        var request = await _access.RequestAsync(_access.Person("erased"));
        using var person = portal.Portal();
        await person.LogInAsync("portal", _access.Person("erased"));
        using var admin = await AdministratorAsync("erases");
        var page = await admin.GetAsync($"/console/privacy{Of("erased")}");
        Assert.Contains("What stays", page.Text, StringComparison.Ordinal);

        var done = await admin.SendAsync(page, "/console/privacy/erase", ("reason", "Request 17."), ("confirm", "erased"));

        done.Expect(HttpStatusCode.OK);
        Assert.Equal("Erased", done.Title);
        Assert.Contains("Requests1", done.Text.Replace(" ", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Contains("Loginsthatended1", done.Text.Replace(" ", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.DoesNotContain("Nothing of this person was found", done.Text, StringComparison.Ordinal);
        (await admin.GetAsync($"/console/requests/{request}")).Expect(HttpStatusCode.NotFound);
        Assert.Equal("Log in", (await person.GetAsync("/portal")).Title);
        Assert.Contains("Request 17.", (await admin.GetAsync("/console/audit?event=privacy.erased")).Text, StringComparison.Ordinal);

        // A second time there is nothing, as with a name that is misspelled.
        page = await admin.GetAsync($"/console/privacy{Of("erasde")}");
        Assert.Contains("Nothing of this person was found", (await admin.SendAsync(page, "/console/privacy/erase", ("reason", "Again."), ("confirm", "erasde"))).Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("kep", "Why.", 422, "not the one above")]
    [InlineData("KEPT", "Why.", 422, "not the one above")]
    [InlineData("kept ", "Why.", 422, "not the one above")]
    [InlineData("", "Why.", 422, "not the one above")]
    [InlineData("kept", "", 422, "reason")]
    public async Task Nobody_is_erased_without_a_reason_and_the_name_to_the_letter(string confirm, string reason, int status, string fault)
    {
        var request = await _access.RequestAsync(_access.Person("kept"));
        using var admin = await AdministratorAsync("hasty");

        var page = await admin.SendAsync(await admin.GetAsync($"/console/privacy{Of("kept")}"), "/console/privacy/erase", ("reason", reason), ("confirm", confirm));

        page.Expect((HttpStatusCode)status);
        Assert.Contains(fault, page.Document.QuerySelector("[role=alert]")!.TextContent, StringComparison.Ordinal);
        Assert.Equal(reason, page.Document.QuerySelector("textarea[name=reason]")!.TextContent);
        Assert.Equal(confirm, page.Document.QuerySelector("input[name=confirm]")!.GetAttribute("value") ?? "");
        Assert.Equal("kept", page.Document.QuerySelector("#subject")!.TextContent);
        (await admin.GetAsync($"/console/requests/{request}")).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_name_that_differs_by_a_space_is_somebody_else()
    {
        var (kept, goes) = (await _access.RequestAsync(_access.Person("spaced")), await _access.RequestAsync(_access.Person("spaced ")));
        using var admin = await AdministratorAsync("careful");
        var page = await admin.GetAsync($"/console/privacy{Of("spaced ")}");

        (await admin.SendAsync(page, "/console/privacy/erase", ("reason", "Request 18."), ("confirm", "spaced"))).Expect(HttpStatusCode.UnprocessableEntity);
        (await admin.SendAsync(page, "/console/privacy/erase", ("reason", "Request 18."), ("confirm", "spaced "))).Expect(HttpStatusCode.OK);

        (await admin.GetAsync($"/console/requests/{goes}")).Expect(HttpStatusCode.NotFound);
        (await admin.GetAsync($"/console/requests/{kept}")).Expect(HttpStatusCode.OK);

        // So he is when something is granted.
        await admin.SendAsync(await admin.GetAsync($"/console/people{Of("spaced ")}"), "/console/grants", ("category", "other"), ("days", "1"), ("reason", "By contract."));
        Assert.Contains("grt_", (await admin.GetAsync($"/console/people{Of("spaced ")}")).Text, StringComparison.Ordinal);
        Assert.DoesNotContain("grt_", (await admin.GetAsync($"/console/people{Of("spaced")}")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nobody_erases_himself()
    {
        using var admin = await AdministratorAsync("himself");

        var page = await admin.SendAsync(await admin.GetAsync($"/console/privacy{Of("himself")}"), "/console/privacy/erase", ("reason", "Mine."), ("confirm", "himself"));

        page.Expect(HttpStatusCode.Forbidden);
        Assert.Contains("Nobody erases himself", page.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("auditor")]
    [InlineData("operator")]
    [InlineData("approver")]
    public async Task Only_administrators_export_and_erase(string role)
    {
        var request = await _access.RequestAsync(_access.Person("spared"));
        using var staff = portal.Console();
        var first = await staff.LogInAsync("console", _access.Staff("no-admin", role));
        var forgery = first.Document.QuerySelector("input[type=hidden]")!;
        (string, string)[] form = [("issuer", AccessGateway.Issuer), ("subject", "spared"), ("confirm", "spared"), ("reason", "Mine."), (forgery.GetAttribute("name")!, forgery.GetAttribute("value")!)];

        Assert.Null(first.Document.QuerySelector("nav a[href='/console/privacy']"));
        Assert.Null((await staff.GetAsync($"/console/people{Of("spared")}")).Document.QuerySelector("a[href^='/console/privacy']"));
        (await staff.GetAsync("/console/privacy")).Expect(HttpStatusCode.Forbidden);
        (await staff.PostAsync("/console/privacy/export", form)).Expect(HttpStatusCode.Forbidden);
        (await staff.PostAsync("/console/privacy/erase", form)).Expect(HttpStatusCode.Forbidden);
        (await staff.GetAsync($"/console/requests/{request}")).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_form_without_its_token_exports_and_erases_nobody()
    {
        var request = await _access.RequestAsync(_access.Person("unforged"));
        using var admin = await AdministratorAsync("forged");
        (string, string)[] form = [("issuer", AccessGateway.Issuer), ("subject", "unforged"), ("confirm", "unforged"), ("reason", "Forged.")];

        (await admin.PostAsync("/console/privacy/export", form)).Expect(HttpStatusCode.BadRequest);
        (await admin.PostAsync("/console/privacy/erase", form)).Expect(HttpStatusCode.BadRequest);

        (await admin.GetAsync($"/console/requests/{request}")).Expect(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("")]
    [InlineData("(erased)")]
    public async Task Nobody_is_meant_by_a_name_that_is_none(string subject)
    {
        using var admin = await AdministratorAsync("nobody");
        var forgery = (await admin.GetAsync("/console")).Document.QuerySelector("input[type=hidden]")!;
        (string, string)[] form = [("issuer", AccessGateway.Issuer), ("subject", subject), ("confirm", subject), ("reason", "Why."), (forgery.GetAttribute("name")!, forgery.GetAttribute("value")!)];

        (await admin.PostAsync("/console/privacy/export", form)).Expect(HttpStatusCode.UnprocessableEntity);
        var page = (await admin.PostAsync("/console/privacy/erase", form)).Expect(HttpStatusCode.UnprocessableEntity);

        Assert.Contains("exactly as his tokens name him", page.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_hostile_name_is_shown_as_text_and_names_no_file()
    {
        await _access.RequestAsync(_access.Person(Hostile));
        using var admin = await AdministratorAsync("reads-hostile");

        var page = await admin.GetAsync($"/console/privacy{Of(Hostile)}");
        var file = await admin.SendAsync(page, "/console/privacy/export", ("after", ""));
        var erased = await admin.SendAsync(page, "/console/privacy/erase", ("reason", Hostile), ("confirm", Hostile));

        Assert.Equal(Hostile, page.Document.QuerySelector("#subject")!.TextContent);
        Assert.Equal(Hostile, Saved(file).GetProperty("subject").GetString());
        Assert.Equal("Erased", erased.Title);
        Assert.Empty(page.Document.QuerySelectorAll("script, [onfocus]").Concat(erased.Document.QuerySelectorAll("script, [onfocus]")));
    }

    private async Task<PageReader> AdministratorAsync(string subject)
    {
        var reader = portal.Console();
        await reader.LogInAsync("console", _access.Staff(subject, "administrator"));
        return reader;
    }

    /// <summary>The file that came, which nothing on the way may keep and no browser shows as a page.</summary>
    private static JsonElement Saved(Page file)
    {
        file.Expect(HttpStatusCode.OK);
        Assert.Matches("^attachment; filename=\"policygateway-export-[0-9]{8}T[0-9]{6}Z\\.json\"$", file.Headers["Content-Disposition"]);
        Assert.Contains("no-store", file.Headers["Cache-Control"], StringComparison.Ordinal);
        Assert.Equal("nosniff", file.Headers["X-Content-Type-Options"]);
        Assert.StartsWith("application/json", file.Headers["Content-Type"], StringComparison.Ordinal);
        return JsonDocument.Parse(file.Html).RootElement;
    }

    private static string Of(string subject) => $"?issuer={Uri.EscapeDataString(AccessGateway.Issuer)}&subject={Uri.EscapeDataString(subject)}";
}
