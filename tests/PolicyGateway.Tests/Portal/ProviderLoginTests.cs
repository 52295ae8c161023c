using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using PolicyGateway.Access;
using PolicyGateway.Access.Joins;
using PolicyGateway.State;
using PolicyGateway.Tests.Access;
using static Microsoft.Playwright.Assertions;

namespace PolicyGateway.Tests.Portal;

/// <summary>Logging in and out at a real provider by a real browser, and what an accessibility checker says of the pages.</summary>
[Collection(BrowserTests.Name)]
public sealed class ProviderLoginTests(TheBrowser browser) : IAsyncLifetime
{
    private readonly PortalGateway _portal = new();
    private readonly OpenIdProvider _provider = OpenIdProvider.Create();

    private Uri Console => _portal.Access.Gateway.Management;

    public async Task InitializeAsync()
    {
        _provider.Accounts["ada"] = new { tier = "registered", organisation = "acme", roles = new[] { "administrator", "responder", "steward" } };
        _portal.Access.Gateway.Settings["Access:BreakGlassMinutes"] = "30";

        // Shorter than what is left of a token when it is renewed.
        _provider.Accounts["brief"] = new { tier = "registered", seconds = 25 };
        foreach (var (key, value) in _provider.Settings())
        {
            _portal.Access.Gateway.Settings[key] = value;
        }

        await _portal.InitializeAsync();
        await _provider.StartAsync(_portal.Url, Console);
    }

    public async Task DisposeAsync()
    {
        await _portal.DisposeAsync();
        await _provider.DisposeAsync();
    }

    [Fact]
    public async Task Logging_out_of_one_site_ends_the_login_at_the_provider_and_on_the_other_site()
    {
        var page = await browser.OpenAsync();
        await LogInAsync(page, Address("/portal/login/provider"), "ada");
        await Expect(page.Locator("h1")).ToHaveTextAsync("Who you are here");

        // The provider knows her now, so the console asks for nothing.
        await page.GotoAsync(new Uri(Console, "/console/login/provider").AbsoluteUri);
        await Expect(page.Locator("h1")).ToHaveTextAsync("Queue");

        await page.GotoAsync(Address("/portal"));
        await page.GetByRole(AriaRole.Button, new() { Name = "Log out" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Yes, sign me out" }).ClickAsync();
        await Expect(page.Locator("h1")).ToHaveTextAsync("You are logged out");
        Assert.StartsWith(Address("/portal/signed-out"), page.Url, StringComparison.Ordinal);

        Assert.Contains("told of a logout", _provider.Said);
        await page.GotoAsync(new Uri(Console, "/console").AbsoluteUri);
        await Expect(page.Locator("h1")).ToHaveTextAsync("Log in");
        await page.GotoAsync(Address("/portal/login/provider"));
        await Expect(page.Locator("h1")).ToHaveTextAsync("Log in at the provider");
    }

    [Fact]
    public async Task An_access_token_that_ends_is_renewed_unseen()
    {
        var page = await browser.OpenAsync();
        await LogInAsync(page, Address("/portal/login/provider"), "brief");
        await Expect(page.Locator("h1")).ToHaveTextAsync("Who you are here");

        await page.GotoAsync(Address("/portal/requests"));

        await Expect(page.Locator("h1")).ToHaveTextAsync("Your requests");
        Assert.Contains("granted refresh_token", _provider.Said);
    }

    [Fact]
    public async Task Who_is_revoked_or_unknown_to_the_provider_cannot_log_in()
    {
        var admin = _portal.Access.Staff("taker", "operator");
        (await _portal.Access.AdminAsync("/admin/revocations", admin, new { target = "person", issuer = _provider.Issuer, subject = "ada", reason = "Left." })).Expect(201);

        foreach (var account in new[] { "ada", "nobody" })
        {
            var page = await browser.OpenAsync();
            await LogInAsync(page, Address("/portal/login/provider"), account);
            await Expect(page.Locator("h1")).ToHaveTextAsync("You could not be logged in");
            await page.GotoAsync(Address("/portal"));
            await Expect(page.Locator("h1")).ToHaveTextAsync("Log in");
        }
    }

    [Fact]
    public async Task Only_a_method_that_the_policy_knows_is_asked_for()
    {
        var page = await browser.OpenAsync();

        await page.GotoAsync(Address("/portal/login/provider?acr_values=phr"));

        // The policy of this gateway asks for no method, so whoever wrote the link chooses none.
        await Expect(page.GetByLabel("Method")).ToHaveValueAsync("pwd");
    }

    [Theory]
    [InlineData("/portal/signed-in")]
    [InlineData("/portal/signed-in?code=x&state=y")]
    [InlineData("/portal/signed-in?error=access_denied&error_description=%3Cscript%3E&state=y")]
    public async Task An_answer_that_nobody_asked_for_logs_nobody_in(string path)
    {
        using var reader = _portal.Portal();

        var page = await reader.GetAsync(path);

        Assert.Equal((HttpStatusCode.Forbidden, "/portal/login-failed"), (page.Status, page.Path));
        Assert.DoesNotContain("script", page.Html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_checker_finds_nothing_that_keeps_somebody_out()
    {
        var id = await _portal.Access.RequestAsync(_portal.Access.Person("asks"));
        var page = await browser.OpenAsync(scripts: true, checks: true);
        await LogInAsync(page, Address("/portal/login/provider"), "ada");
        var joined = _portal.Access.Gateway.Services.GetRequiredService<JoinedIdentities>();
        var join = new JoinedIdentity { Id = "idn_1", Person = new PersonRef(_provider.Issuer, "ada"), Joined = new PersonRef(_provider.Issuer, "ada-at-a-client"), At = DateTimeOffset.UtcNow };
        Assert.True(await _portal.Access.Gateway.Services.GetRequiredService<IStateStore>().TryWriteAsync([joined.Set.Add(join.Id, join)], default));
        await page.GotoAsync(Address("/portal/identities"));
        await page.GetByRole(AriaRole.Button, new() { Name = "Make a code" }).ClickAsync();
        await Expect(page.Locator("caption")).ToHaveTextAsync("Joined logins, newest first");
        await TheBrowser.CheckAsync(page);
        await page.GotoAsync(Address("/portal/keys"));
        await page.Locator("input[name=name]").FillAsync("laptop");
        await page.GetByRole(AriaRole.Button, new() { Name = "Make a key" }).ClickAsync();
        await TheBrowser.CheckAsync(page);
        await page.GotoAsync(new Uri(Console, "/console/login/provider").AbsoluteUri);
        string[] paths = ["/portal", "/portal/decisions", "/portal/requests/new", "/portal/requests", "/portal/appeals", "/portal/appeals/new", "/portal/data", "/portal/organisation", "/portal/emergency", "/portal/login", "/requirements"];
        string[] inside = ["/console", $"/console/requests/{id}", "/console/people", $"/console/people?issuer={Uri.EscapeDataString(AccessGateway.Issuer)}&subject=asks", "/console/revocations", "/console/audit?event=request.created", "/console/statistics", "/console/policy", "/console/privacy"];
        foreach (var address in paths.Select(Address).Concat(inside.Select(path => new Uri(Console, path).AbsoluteUri)))
        {
            await page.GotoAsync(address);
            await TheBrowser.CheckAsync(page);
        }
    }

    private string Address(string path) => new Uri(_portal.Url, path).AbsoluteUri;

    private static async Task LogInAsync(IPage page, string address, string account)
    {
        await page.GotoAsync(address);
        await page.GetByLabel("Account").FillAsync(account);
        await page.GetByRole(AriaRole.Button, new() { Name = "Log in" }).ClickAsync();
    }
}
