using Deque.AxeCore.Playwright;
using Microsoft.Playwright;

namespace PolicyGateway.Tests.Portal;

/// <summary>Tests with a browser run when nothing else does: it is one process of several, and a person's patience is measured in one of them.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class BrowserTests : ICollectionFixture<TheBrowser>
{
    public const string Name = "browser";
}

/// <summary>A real browser. What is missing is a failed test that says how to get it, never a skipped one.</summary>
public sealed class TheBrowser : IAsyncLifetime
{
    private const string Chromium = "/usr/bin/chromium";

    private IPlaywright? _playwright;
    private IBrowser? _browser;

    /// <summary>Where to keep pictures of the pages; null for nowhere.</summary>
    private static string? Pictures => Environment.GetEnvironmentVariable("POLICYGATEWAY_SCREENSHOTS");

    public async Task InitializeAsync()
    {
        var path = Environment.GetEnvironmentVariable("CHROMIUM") ?? Chromium;
        Assert.True(File.Exists(path), $"There is no browser at {path}: install Chromium (Debian, Ubuntu: apt-get install chromium), or name one in the variable CHROMIUM.");
        Assertions.SetDefaultExpectTimeout(20_000);
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = path,
            Args =
            [
                "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-proxy-server",
            ],
        });
    }

    public async Task DisposeAsync()
    {
        await (_browser?.DisposeAsync() ?? default);
        _playwright?.Dispose();
    }

    /// <summary>Somebody's own window, with cookies of its own.</summary>
    /// <param name="scripts">Whether pages may run scripts: ours need none.</param>
    /// <param name="checks">Whether a checker is to be put into the pages, against their policy.</param>
    public async Task<IPage> OpenAsync(bool scripts = false, bool checks = false)
    {
        var context = await _browser!.NewContextAsync(new BrowserNewContextOptions
        {
            JavaScriptEnabled = scripts,
            BypassCSP = checks,
            ViewportSize = new ViewportSize { Width = 1100, Height = 800 },
            Locale = "en-GB",
        });
        context.SetDefaultTimeout(20_000);
        return await context.NewPageAsync();
    }

    /// <summary>Asks an accessibility checker about a page.</summary>
    public static async Task CheckAsync(IPage page)
    {
        var found = (await page.RunAxe()).Violations;
        Assert.True(found.Length == 0, page.Url + ": " + string.Join("; ", found.Select(fault => $"{fault.Id} ({fault.Help}) at {string.Join(", ", fault.Nodes.Select(node => node.Html))}")));
    }

    /// <summary>Keeps a picture of a page for the documents, where somebody asks for them.</summary>
    public static async Task PictureAsync(IPage page, string name)
    {
        if (Pictures is { } folder)
        {
            await page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(folder, name + ".png"), FullPage = true });
        }
    }
}
