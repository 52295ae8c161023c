using System.Net;
using PolicyGateway.Identity;
using PolicyGateway.Tests.Access;
using PolicyGateway.Tests.Fakes;
using PolicyGateway.Tests.Inference;

namespace PolicyGateway.Tests.Portal;

/// <summary>A gateway with pages where responders may open something to themselves.</summary>
public sealed class EmergencyPortal : IAsyncLifetime
{
    internal PortalGateway Portal { get; } = new();

    public Task InitializeAsync()
    {
        Portal.Access.Gateway.Settings["Access:BreakGlassMinutes"] = "30";
        return Portal.InitializeAsync();
    }

    public Task DisposeAsync() => Portal.DisposeAsync();
}

/// <summary>Emergency access by a form: deliberate, with a reason, and for responders by name only.</summary>
public sealed class EmergencyPagesTests(EmergencyPortal emergency, PortalGateway off) : IClassFixture<EmergencyPortal>, IClassFixture<PortalGateway>
{
    private const string Path = "/portal/emergency";
    private const string Hostile = "<script>alert(1)</script>\" onfocus=\"x";

    private readonly PortalGateway _portal = emergency.Portal;
    private readonly AccessGateway _access = emergency.Portal.Access;

    [Fact]
    public async Task A_responder_opens_a_category_to_himself_and_is_told_that_it_is_looked_at()
    {
        using var responder = _portal.Portal();
        var first = await responder.LogInAsync("portal", Responder("rescuer"));
        Assert.NotNull(first.Document.QuerySelector($"nav a[href='{Path}']"));
        var form = await responder.GetAsync(Path);
        Assert.Contains("somebody else looks at it afterwards", form.Text, StringComparison.Ordinal);

        var opened = await responder.SendAsync(form, Path, ("category", "cyber"), ("minutes", "20"), ("reason", "An attack is under way."), ("confirm", "yes"));

        Assert.Contains("It is open to you.", opened.Document.QuerySelector("[role=status]")!.TextContent, StringComparison.Ordinal);
        Assert.Contains("waiting", opened.Document.QuerySelector("tbody")!.TextContent, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await _access.Gateway.SendAsync(TheGateway.Ask(KeywordClassifier.Cyber), Responder("rescuer"))).Status);
        var grants = (await responder.GetAsync("/portal")).Document.QuerySelector("table")!.TextContent;
        Assert.Contains("emergency", grants, StringComparison.Ordinal);

        using var looker = _portal.Console();
        await looker.LogInAsync("console", _access.Staff("looker", "approver"));
        var queue = await looker.GetAsync("/console");
        Assert.Contains("An attack is under way.", queue.Text, StringComparison.Ordinal);
        await looker.SendAsync(queue, queue.Document.QuerySelector("form[action$='/review']")!.GetAttribute("action")!, ("reason", "Ticket 17."));
        var looked = await responder.GetAsync(Path);
        Assert.DoesNotContain("waiting", looked.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("looker", looked.Html, StringComparison.Ordinal);
        Assert.DoesNotContain("Ticket 17.", looked.Html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_opened_with_another_login_of_the_same_person_is_shown()
    {
        var grant = (await _access.PostAsync("/v1/access/break-glass", Responder("two-logins"), new { categories = new[] { "fraud" }, minutes = 5, reason = "It burns." })).Expect(201).Text("id");
        var code = (await _access.PostAsync("/v1/access/identities/codes", Responder("two-logins"))).Expect(201).Text("code");
        (await _access.PostAsync("/v1/access/identities", Responder("two-logins-client"), new { code })).Expect(201);
        using var responder = _portal.Portal();
        await responder.LogInAsync("portal", Responder("two-logins-client"));

        Assert.Contains(grant, (await responder.GetAsync(Path)).Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("cyber", "31", "Why.", "yes", "minutes")]
    [InlineData("cyber", "0", "Why.", "yes", "minutes")]
    [InlineData("nonsense", "10", "Why.", "yes", "categories")]
    [InlineData("", "10", "Why.", "yes", "categories")]
    [InlineData("cyber", "10", "", "yes", "reason")]
    [InlineData("cyber", "10", "Why.", "", "cannot wait")]
    public async Task A_form_that_is_not_whole_opens_nothing_and_keeps_what_was_written(string category, string minutes, string reason, string confirm, string fault)
    {
        using var responder = _portal.Portal();
        await responder.LogInAsync("portal", Responder("hasty"));

        var page = await responder.SendAsync(await responder.GetAsync(Path), Path, ("category", category), ("minutes", minutes), ("reason", reason), ("confirm", confirm));

        page.Expect(HttpStatusCode.UnprocessableEntity);
        Assert.Contains(fault, page.Document.QuerySelector("[role=alert]")!.TextContent, StringComparison.Ordinal);
        Assert.Equal(minutes, page.Document.QuerySelector("input[name=minutes]")!.GetAttribute("value"));
        Assert.Equal(reason, page.Document.QuerySelector("textarea[name=reason]")!.TextContent);
        Assert.Equal(category == "cyber", page.Document.QuerySelector("input[value=cyber]")!.HasAttribute("checked"));
        Assert.Null((await responder.GetAsync(Path)).Document.QuerySelector("tbody"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("administrator")]
    [InlineData("approver")]
    [InlineData("steward")]
    public async Task Who_is_no_responder_by_name_opens_nothing(string role)
    {
        using var person = _portal.Portal();

        await RefusedAsync(person, await person.LogInAsync("portal", _access.Staff("no-responder", role.Length == 0 ? [] : [role])));
    }

    [Fact]
    public async Task Where_it_is_off_a_responder_opens_nothing()
    {
        using var person = off.Portal();

        await RefusedAsync(person, await person.LogInAsync("portal", off.Access.Gateway.TokenOf(new DevelopmentToken("registered") { Subject = "rescuer", Roles = ["responder"] })));
    }

    [Fact]
    public async Task A_form_without_its_token_opens_nothing()
    {
        using var responder = _portal.Portal();
        await responder.LogInAsync("portal", Responder("forged"));

        (await responder.PostAsync(Path, [("category", "cyber"), ("minutes", "10"), ("reason", "Forged."), ("confirm", "yes")])).Expect(HttpStatusCode.BadRequest);

        Assert.Null((await responder.GetAsync(Path)).Document.QuerySelector("tbody"));
    }

    [Fact]
    public async Task What_a_responder_writes_is_shown_as_text()
    {
        using var responder = _portal.Portal();
        await responder.LogInAsync("portal", Responder("hostile"));

        var page = await responder.SendAsync(await responder.GetAsync(Path), Path, ("category", "cyber"), ("minutes", "5"), ("reason", Hostile), ("confirm", "yes"));

        Assert.Contains("alert(1)", page.Document.QuerySelector("tbody")!.TextContent, StringComparison.Ordinal);
        Assert.Empty(page.Document.QuerySelectorAll("script, [onfocus]"));
    }

    private string Responder(string subject) => _access.Gateway.TokenOf(new DevelopmentToken("registered") { Subject = subject, Roles = ["responder"] });

    private static async Task RefusedAsync(PageReader person, Page first)
    {
        var forgery = first.Document.QuerySelector("input[type=hidden]")!;
        Assert.Null(first.Document.QuerySelector($"nav a[href='{Path}']"));
        (await person.GetAsync(Path)).Expect(HttpStatusCode.Forbidden);
        (await person.PostAsync(Path, [("category", "cyber"), ("minutes", "10"), ("reason", "Mine."), ("confirm", "yes"), (forgery.GetAttribute("name")!, forgery.GetAttribute("value")!)])).Expect(HttpStatusCode.Forbidden);
    }
}
