using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace PolicyGateway.Tests.Portal;

/// <summary>
/// What few people may, in a real browser and by labels alone: a steward passes on, a responder opens, an administrator exports and
/// erases. A checker looks at each page also when it has something to show, or to complain about.
/// </summary>
[Collection(BrowserTests.Name)]
public sealed class StewardBrowserStoryTests(TheBrowser browser) : IAsyncLifetime
{
    private readonly PortalGateway _portal = new();
    private readonly OpenIdProvider _provider = OpenIdProvider.Create();

    public async Task InitializeAsync()
    {
        _provider.Accounts["stella"] = new { tier = "registered", organisation = "acme", roles = new[] { "steward" } };
        _provider.Accounts["rescue"] = new { tier = "registered", organisation = "acme", roles = new[] { "responder" } };
        _provider.Accounts["root"] = new { tier = "registered", roles = new[] { "administrator" } };
        _portal.Access.Gateway.Settings["Access:BreakGlassMinutes"] = "60";
        foreach (var (key, value) in _provider.Settings())
        {
            _portal.Access.Gateway.Settings[key] = value;
        }

        await _portal.InitializeAsync();
        await _provider.StartAsync(_portal.Url, _portal.Access.Gateway.Management);
    }

    public async Task DisposeAsync()
    {
        await _portal.DisposeAsync();
        await _provider.DisposeAsync();
    }

    [Fact]
    public async Task A_steward_passes_on_a_responder_opens_and_an_administrator_erases()
    {
        (await _portal.Access.AdminAsync("/admin/grants", _portal.Access.Staff("gives", "administrator"), new
        {
            organisation = new { issuer = _provider.Issuer, name = "acme" },
            categories = new[] { "other" },
            models = new[] { "m", "m-pro" },
            project = "Red team 2031",
            days = 30,
            reason = "By contract 17.",
            assignable = true,
        })).Expect(201);
        var stella = await LogInAsync(_portal.Url, "portal", "stella");
        await PassOnAsync(stella);
        await OpenAsync(await LogInAsync(_portal.Url, "portal", "rescue"));
        await EraseAsync(await LogInAsync(_portal.Access.Gateway.Management, "console", "root"));
    }

    private static async Task PassOnAsync(IPage page)
    {
        await FollowAsync(page, "Organisation");
        await Expect(page.Locator("h1")).ToHaveTextAsync("What acme holds");
        await TheBrowser.CheckAsync(page);
        await TheBrowser.PictureAsync(page, "portal-holdings");
        await page.GetByRole(AriaRole.Link, new() { NameRegex = new("Look at the grant") }).ClickAsync();
        await page.GetByLabel("Subject").FillAsync("stella");
        await page.GetByLabel("other").CheckAsync();
        await page.GetByLabel("m-pro").CheckAsync();
        await page.Locator("input[name=days]").FillAsync("14");
        await page.GetByLabel("Reason").FillAsync("Works on the project.");
        await page.GetByRole(AriaRole.Button, new() { Name = "Pass on" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("Nobody passes anything on to himself.");
        await TheBrowser.CheckAsync(page);

        // What was ticked and written is there still.
        await page.GetByLabel("Subject").FillAsync("rescue");
        await page.GetByRole(AriaRole.Button, new() { Name = "Pass on" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync("Passed on.");
        await Expect(page.Locator("tbody")).ToContainTextAsync("rescue");
        await TheBrowser.CheckAsync(page);
        await TheBrowser.PictureAsync(page, "portal-organisation");
    }

    private static async Task OpenAsync(IPage page)
    {
        await FollowAsync(page, "Emergency");
        await page.GetByLabel("cyber").CheckAsync();
        await page.GetByLabel("Minutes").FillAsync("45");
        await page.GetByLabel("Reason").FillAsync("An attack on our own systems is under way, and nobody else answers.");
        await page.GetByLabel("I cannot wait for an approver").CheckAsync();
        await TheBrowser.PictureAsync(page, "portal-emergency");
        await page.GetByRole(AriaRole.Button, new() { Name = "Open it to me now" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync("It is open to you.");
        await TheBrowser.CheckAsync(page);

        // Both that he opened it himself and that it was passed on stand among what he has.
        await FollowAsync(page, "Who you are");
        foreach (var text in new[] { "emergency", "passed on by acme", "m-pro", "Red team 2031" })
        {
            await Expect(page.GetByRole(AriaRole.Region, new() { Name = "Your grants" })).ToContainTextAsync(text);
        }

        await TheBrowser.CheckAsync(page);
        await TheBrowser.PictureAsync(page, "portal-grants");
        await FollowAsync(page, "Your data");
        await TheBrowser.PictureAsync(page, "portal-data");
        var file = await page.RunAndWaitForDownloadAsync(() => page.GetByRole(AriaRole.Button, new() { Name = "Download" }).ClickAsync());
        Assert.Contains("\"is_emergency\":true", await File.ReadAllTextAsync((await file.PathAsync())!), StringComparison.Ordinal);
    }

    private async Task EraseAsync(IPage page)
    {
        await FollowAsync(page, "Privacy");
        await page.GetByLabel("Issuer").FillAsync(_provider.Issuer);
        await page.GetByLabel("Subject", new() { Exact = true }).FillAsync("rescue");
        await page.GetByRole(AriaRole.Button, new() { Name = "Choose" }).ClickAsync();
        await page.RunAndWaitForDownloadAsync(() => page.GetByRole(AriaRole.Button, new() { Name = "Download" }).ClickAsync());
        await page.GetByLabel("Reason").FillAsync("Request 2031-17.");
        await page.GetByLabel("Type the subject to confirm").FillAsync("rescue");
        await TheBrowser.PictureAsync(page, "console-privacy");
        await page.GetByLabel("Type the subject to confirm").FillAsync("rescues");
        await page.GetByRole(AriaRole.Button, new() { Name = "Erase this person" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("nothing was erased");
        await TheBrowser.CheckAsync(page);
        await page.GetByLabel("Type the subject to confirm").FillAsync("rescue");
        await page.GetByRole(AriaRole.Button, new() { Name = "Erase this person" }).ClickAsync();
        await Expect(page.Locator("h1")).ToHaveTextAsync("Erased");
        await TheBrowser.PictureAsync(page, "console-erased");
        await TheBrowser.CheckAsync(page);
        await FollowAsync(page, "Queue");
        await Expect(page.Locator("main")).ToContainTextAsync("somebody who was erased");
    }

    private async Task<IPage> LogInAsync(Uri site, string name, string account)
    {
        var page = await browser.OpenAsync(scripts: true, checks: true);
        await page.GotoAsync(new Uri(site, $"/{name}/login/provider").AbsoluteUri);
        await page.GetByLabel("Account").FillAsync(account);
        await page.GetByRole(AriaRole.Button, new() { Name = "Log in" }).ClickAsync();
        return page;
    }

    private static Task FollowAsync(IPage page, string link) => page.GetByRole(AriaRole.Navigation).GetByRole(AriaRole.Link, new() { Name = link, Exact = true }).ClickAsync();
}
