using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Playwright;
using PolicyGateway.Audit;
using PolicyGateway.Tests.Clients;
using PolicyGateway.Tests.Fakes;
using PolicyGateway.Tests.Inference;
using static Microsoft.Playwright.Assertions;

namespace PolicyGateway.Tests.Portal;

/// <summary>
/// The whole loop in a real browser without scripts, with a real OpenID provider and a stock OAuth client: refused, stronger
/// login, request, two approvers, released, revoked in mid-stream, appealed, found in the audit.
/// </summary>
[Collection(BrowserTests.Name)]
public sealed class BrowserStoryTests(TheBrowser browser) : IAsyncLifetime
{
    private const string Policy = """
        {
          "name": "story",
          "anonymous": "allow",
          "severity": [ { "severity": "prohibited", "category": "cyber", "head": "prohibited", "at_least": 0.7 } ],
          "categories": {
            "cyber": {
              "title": "Security research",
              "requires": { "tier": "verified", "any_of": ["security-professional"], "acr_values": ["phr"] },
              "approvals": 2,
              "longest_grant_days": 7,
              "how_long": "Two working days.",
              "prompt": { "uncertain": "hold", "flagged": "refuse" },
              "completion": { "uncertain": "log", "flagged": "refuse" }
            },
            "other": { "head": "flagged", "fallback": true, "title": "Anything else", "requires": { "tier": "professional", "any_of": [] } }
          }
        }
        """;

    private readonly PortalGateway _portal = new();
    private readonly OpenIdProvider _provider = OpenIdProvider.Create();

    private TheGateway Gateway => _portal.Access.Gateway;

    private Uri Console => Gateway.Management;

    private string EvidenceKey => Path.Combine(Gateway.Folder, "evidence.key");

    public async Task InitializeAsync()
    {
        _provider.Accounts["ada"] = new { tier = "registered" };
        _provider.Accounts["grace"] = new { tier = "registered", roles = new[] { "approver" } };
        _provider.Accounts["edith"] = new { tier = "registered", roles = new[] { "approver" } };
        _provider.Accounts["oscar"] = new { tier = "registered", roles = new[] { "operator" } };
        _provider.Accounts["audrey"] = new { tier = "registered", roles = new[] { "auditor" } };
        Gateway.PolicyText = Policy;
        foreach (var (key, value) in _provider.Settings())
        {
            Gateway.Settings[key] = value;
        }

        await File.WriteAllTextAsync(EvidenceKey, Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)));
        Gateway.Settings["Audit:SealedEvidence:KeyFile"] = EvidenceKey;
        Gateway.Settings["Audit:SealedEvidence:Categories:0"] = "cyber";
        Gateway.Settings["Gateway:VerificationUri"] = Gateway.Settings["Gateway:AppealUri"] = null;
        await _portal.InitializeAsync();
        await _provider.StartAsync(_portal.Url, Console);
    }

    public async Task DisposeAsync()
    {
        await _portal.DisposeAsync();
        await _provider.DisposeAsync();
    }

    [Fact]
    public async Task A_refused_person_gets_access_loses_it_in_mid_stream_and_appeals()
    {
        // A client of no special kind is refused and told where to get what is missing.
        Gateway.Backend.Answer = context => ScriptedBackend.WriteJsonAsync(context, ScriptedBackend.Completion("It works like this. " + KeywordClassifier.Cyber));
        var refused = (await AskAsync("ada")).GetProperty("first");
        var error = refused.GetProperty("body").GetProperty("error");
        Assert.Equal((403, "verification_required"), (refused.GetProperty("status").GetInt32(), error.GetProperty("code").GetString()));
        var decision = error.GetProperty("decision_id").GetString()!;
        Assert.Equal(new Uri(_portal.Url, "/portal/appeals/new?decision=" + decision).AbsoluteUri, error.GetProperty("appeal_uri").GetString());

        // She follows the link, logs in with the stronger method, and still lacks the credential.
        var ada = await browser.OpenAsync();
        await ada.GotoAsync(error.GetProperty("verification_uri").GetString()!);
        await LogInAsync(ada, "ada", "phr");
        await Expect(ada.Locator("h1")).ToHaveTextAsync("Request access");
        await ada.GetByRole(AriaRole.Link, new() { Name = "Who you are" }).ClickAsync();
        await Expect(ada.Locator("main")).ToContainTextAsync("The credential security-professional.");
        await Expect(ada.Locator("main")).Not.ToContainTextAsync("A stronger login");
        await TheBrowser.PictureAsync(ada, "portal");

        await RequestAsync(ada);
        var grant = await ApproveAsync("grace", "edith");

        // The same client is asked for a stronger login, completes it by the challenge alone, and is answered.
        var answered = await AskAsync("ada");
        Assert.Equal((401, 200), (answered.GetProperty("first").GetProperty("status").GetInt32(), answered.GetProperty("second").GetProperty("status").GetInt32()));
        var token = answered.GetProperty("token").GetString()!;

        // Its next request is released as a stream, which ends within a second of being revoked.
        var operatorPage = await browser.OpenAsync();
        await operatorPage.GotoAsync(new Uri(Console, "/console/people").AbsoluteUri);
        await LogInAsync(operatorPage, "oscar", "phr");
        await operatorPage.GetByRole(AriaRole.Link, new() { Name = "ada", Exact = true }).ClickAsync();
        await TheBrowser.PictureAsync(operatorPage, "console-person");
        await operatorPage.GetByLabel($"Revoke the grant {grant}: reason").FillAsync("The contract has ended.");
        var took = await StreamUntilAsync(token, () => operatorPage.GetByRole(AriaRole.Button, new() { Name = $"Revoke the grant {grant}" }).ClickAsync());
        Assert.InRange(took, TimeSpan.Zero, TimeSpan.FromSeconds(1));
        await Expect(operatorPage.GetByRole(AriaRole.Status)).ToContainTextAsync("Revoked");

        await AppealAsync(ada, decision);
        await ada.GetByRole(AriaRole.Link, new() { Name = "Your decisions" }).ClickAsync();
        await Expect(ada.Locator("main")).ToContainTextAsync(decision);
        await TheBrowser.PictureAsync(ada, "portal-decisions");
        await ada.GetByRole(AriaRole.Link, new() { Name = "Keys" }).ClickAsync();
        await TheBrowser.PictureAsync(ada, "portal-keys");
        await ada.GetByRole(AriaRole.Link, new() { Name = "Logins" }).ClickAsync();
        await ada.GetByRole(AriaRole.Button, new() { Name = "Make a code" }).ClickAsync();
        await TheBrowser.PictureAsync(ada, "portal-identities");
        await ada.GetByRole(AriaRole.Link, new() { Name = "What opens each category" }).ClickAsync();
        await Expect(ada.Locator("main")).ToContainTextAsync("Two working days.");
        await TheBrowser.PictureAsync(ada, "requirements");
        await FindAsync(decision);
        await AuditAsync(decision, grant);
    }

    /// <summary>Asks with a stock OAuth client, which steps up where it is challenged to.</summary>
    private async Task<JsonElement> AskAsync(string account) => await NodeClient.RunScriptAsync(
        "step-up.mjs", "openid-client", _provider.Issuer, "client", OpenIdProvider.ClientRedirect, OpenIdProvider.Resource, _portal.Url.AbsoluteUri, account, "hello");

    private static async Task LogInAsync(IPage page, string account, string method)
    {
        // The gateway of the tests has a development issuer as well, so it asks which way.
        await TheBrowser.PictureAsync(page, "portal-login");
        await page.GetByRole(AriaRole.Link, new() { Name = "Log in at the provider" }).ClickAsync();
        await page.GetByLabel("Account").FillAsync(account);
        await page.GetByLabel("Method").SelectOptionAsync(method);
        await page.GetByRole(AriaRole.Button, new() { Name = "Log in" }).ClickAsync();
    }

    private static async Task RequestAsync(IPage ada)
    {
        await ada.GetByRole(AriaRole.Link, new() { Name = "Request access to Security research" }).ClickAsync();
        await Expect(ada.GetByLabel("Security research")).ToBeCheckedAsync();
        await ada.GetByLabel("Project").FillAsync("Red team 2031");
        await ada.GetByLabel("Purpose").FillAsync("Testing our own systems, by contract 17.");
        await ada.Locator("input[name=days]").FillAsync("7");
        await TheBrowser.PictureAsync(ada, "portal-request");
        await ada.GetByRole(AriaRole.Button, new() { Name = "Send the request" }).ClickAsync();
        await Expect(ada.GetByRole(AriaRole.Status)).ToContainTextAsync("Your request was sent.");
        await TheBrowser.PictureAsync(ada, "portal-requests");
    }

    /// <summary>Two people approve it, each in a browser; returns the grant.</summary>
    private async Task<string> ApproveAsync(params string[] approvers)
    {
        var grant = "";
        foreach (var approver in approvers)
        {
            var page = await browser.OpenAsync();
            await page.GotoAsync(new Uri(Console, "/console").AbsoluteUri);
            await LogInAsync(page, approver, "phr");
            await TheBrowser.PictureAsync(page, "console");
            await page.GetByRole(AriaRole.Link, new() { Name = "Look at the request of ada for Red team 2031" }).ClickAsync();
            await page.Locator("textarea[name=reason]").FillAsync("Contract seen.");
            await TheBrowser.PictureAsync(page, "console-request");
            await page.GetByRole(AriaRole.Button, new() { Name = "Approve" }).ClickAsync();
            await Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync("Approved.");
            grant = approver == approvers[^1] ? (await page.GetByText("The grant is").Locator("span").TextContentAsync())! : "";
        }

        return grant;
    }

    private async Task AppealAsync(IPage ada, string decision)
    {
        await ada.GotoAsync(new Uri(_portal.Url, $"/portal/appeals/new?decision={decision}").AbsoluteUri);
        await ada.GetByLabel("Why it was wrong").FillAsync("I test my own systems.");
        await TheBrowser.PictureAsync(ada, "portal-appeal");
        await ada.GetByRole(AriaRole.Button, new() { Name = "Send the appeal" }).ClickAsync();
        await Expect(ada.GetByRole(AriaRole.Status)).ToContainTextAsync("Your appeal was sent.");

        var approver = await browser.OpenAsync();
        await approver.GotoAsync(new Uri(Console, "/console").AbsoluteUri);
        await LogInAsync(approver, "grace", "phr");
        await LookAtTextAsync(approver, decision);
        await approver.GotoAsync(new Uri(Console, "/console").AbsoluteUri);
        await approver.GetByRole(AriaRole.Link, new() { Name = "Look at the appeal of ada" }).ClickAsync();
        await approver.GetByLabel("Upheld").CheckAsync();
        await approver.Locator("textarea[name=reason]").FillAsync("The contract has ended; ask again with the new one.");
        await TheBrowser.PictureAsync(approver, "console-appeal");
        await approver.GetByRole(AriaRole.Button, new() { Name = "Decide" }).ClickAsync();
        await Expect(approver.GetByRole(AriaRole.Status)).ToContainTextAsync("The appeal is decided.");

        await ada.ReloadAsync();
        await Expect(ada.Locator("main")).ToContainTextAsync("The contract has ended; ask again with the new one.");
        await Expect(ada.Locator("main")).Not.ToContainTextAsync("grace");
        await TheBrowser.PictureAsync(ada, "portal-appeals");
    }

    /// <summary>What was refused may be read to decide the appeal, with a reason that is recorded.</summary>
    private async Task LookAtTextAsync(IPage approver, string decision)
    {
        await approver.GotoAsync(new Uri(Console, "/console/audit?decision=" + decision).AbsoluteUri);
        await approver.GetByLabel($"Why you look at the text of {decision}").FillAsync("To decide the appeal.");
        await approver.GetByRole(AriaRole.Button, new() { Name = $"Open the sealed text of {decision}" }).ClickAsync();
        await Expect(approver.Locator("h1")).ToHaveTextAsync("Sealed text");
        await Expect(approver.Locator("pre")).ToContainTextAsync("It works like this.");
        await TheBrowser.PictureAsync(approver, "console-evidence");
    }

    /// <summary>The auditor finds the whole story in the console, and has the chain verified.</summary>
    private async Task FindAsync(string decision)
    {
        var audrey = await browser.OpenAsync();
        await audrey.GotoAsync(new Uri(Console, "/console/audit").AbsoluteUri);
        await LogInAsync(audrey, "audrey", "phr");
        await audrey.GetByRole(AriaRole.Button, new() { Name = "Verify now" }).ClickAsync();
        await audrey.Locator("input[name=issuer]").FillAsync(_provider.Issuer);
        await audrey.Locator("input[name=subject]").FillAsync("ada");
        await audrey.GetByRole(AriaRole.Button, new() { Name = "Search" }).ClickAsync();
        foreach (var happened in new[] { decision, "request.created", "release_intent", "appeal.created" })
        {
            await Expect(audrey.Locator("table")).ToContainTextAsync(happened);
        }

        await Expect(audrey.Locator("main")).ToContainTextAsync("intact");
        await TheBrowser.PictureAsync(audrey, "console-audit");
        foreach (var (link, title) in new[] { ("Decisions", "Decisions over time"), ("Policy", "Policy story"), ("Revocations", "Revocations") })
        {
            await audrey.GetByRole(AriaRole.Link, new() { Name = link, Exact = true }).ClickAsync();
            await Expect(audrey.Locator("h1")).ToHaveTextAsync(title);
            await TheBrowser.PictureAsync(audrey, "console-" + link.ToLowerInvariant());
        }
    }

    private async Task AuditAsync(string decision, string grant)
    {
        var options = new AuditOptions().ResolvePaths(Gateway.Folder);
        await Gateway.StopAsync();
        var rows = AuditReader.Read(options.File, new AuditFilter(null, null, null, null, 1_000));
        string[] events = [.. rows.Select(static row => row.Text("event")).Where(static happened => happened.Contains('.', StringComparison.Ordinal))];
        Assert.Equal(["request.created", "request.approval", "request.approved", "access.searched_for", "access.searched", "grant.revoked", "access.searched_for", "access.searched", "appeal.created", "evidence.seen", "appeal.upheld", "audit.searched_for", "audit.searched"], events);
        Assert.Contains(rows, row => row.Text("decision") == decision && row.Text("outcome") == "refused");
        Assert.Contains(rows, row => row.Text("event") == "release_intent" && row.Text("grants").Contains(grant, StringComparison.Ordinal));
        var verified = await ProcessResult.RunAsync("dotnet", [typeof(AuditOptions).Assembly.Location, "audit", "verify", "--data", Gateway.Folder]);
        Assert.True(verified.ExitCode == 0, verified.Output + verified.Errors);
    }

    /// <summary>Streams a gated answer, does something after its first frame, and says how long the stream went on after that.</summary>
    private async Task<TimeSpan> StreamUntilAsync(string token, Func<Task> change)
    {
        var chunk = ScriptedBackend.Chunk(new { content = KeywordClassifier.Cyber + new string('x', 400) }, null);
        Gateway.Backend.Answer = async context =>
        {
            context.Response.ContentType = "text/event-stream";
            while (!context.RequestAborted.IsCancellationRequested)
            {
                await context.Response.WriteAsync(chunk, context.RequestAborted);
                await context.Response.Body.FlushAsync(context.RequestAborted);
                await Task.Delay(20, context.RequestAborted);
            }
        };
        using var request = TheGateway.Request(TheGateway.Ask("hello", stream: true), token);
        using var response = await Gateway.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        await using var body = await response.Content.ReadAsStreamAsync();
        await body.ReadExactlyAsync(new byte[chunk.Length * 3]);
        var began = Stopwatch.GetTimestamp();
        var changing = change();
        var rest = await new StreamReader(body).ReadToEndAsync();
        var took = Stopwatch.GetElapsedTime(began);
        await changing;
        Assert.Contains("verification_required", rest, StringComparison.Ordinal);
        return took;
    }
}
