using System.Net;
using PolicyGateway.Identity;
using PolicyGateway.Tests.Access;
using PolicyGateway.Tests.Fakes;
using PolicyGateway.Tests.Inference;

namespace PolicyGateway.Tests.Portal;

/// <summary>Quotas in pages: given in a form, and told to whoever has used his up.</summary>
public sealed class QuotaPagesTests(PortalGateway portal) : IClassFixture<PortalGateway>
{
    private readonly AccessGateway _access = portal.Access;

    [Fact]
    public async Task Approvers_give_a_quota_by_form_and_the_person_sees_what_is_used_and_when_it_opens_again()
    {
        var ada = _access.Person("looks");
        var request = await _access.RequestAsync(ada);
        foreach (var (approver, releases, shown) in new[] { ("first", "1", "1 of 2"), ("second", "", "The grant is grt_") })
        {
            using var console = portal.Console();
            await console.LogInAsync("console", _access.Staff(approver, "approver"));
            var review = await console.GetAsync($"/console/requests/{request}");
            if (approver == "first")
            {
                var refused = await console.SendAsync(review, $"/console/requests/{request}/approve", ("reason", "Seen."), ("days", "3"), ("quota_releases", "many"), ("quota_days", "1"));
                Assert.Contains("quota: releases, 1 to", refused.Text, StringComparison.Ordinal);
            }

            var approved = await console.SendAsync(review, $"/console/requests/{request}/approve", ("reason", "Seen."), ("days", "3"), ("quota_releases", releases), ("quota_days", "1"));
            Assert.Contains(shown, approved.Text, StringComparison.Ordinal);
        }

        using var reader = portal.Portal();
        Assert.Contains("0 of 1 used", (await reader.LogInAsync("portal", ada)).Text, StringComparison.Ordinal);
        _access.Gateway.Backend.Answer = static context => ScriptedBackend.WriteJsonAsync(context, ScriptedBackend.Completion(KeywordClassifier.Cyber));
        Assert.Equal(HttpStatusCode.OK, (await _access.Gateway.SendAsync(TheGateway.Ask("hello"), ada)).Status);

        var page = await reader.GetAsync("/portal");
        Assert.Contains("1 of 1 used", page.Text, StringComparison.Ordinal);
        Assert.Matches("Some of the quota of the grant grt_[0-9a-f]+, which is used up; it opens again on", page.Text);
        Assert.DoesNotContain("The credential security-professional.", page.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_administrator_gives_a_quota_with_a_grant()
    {
        using var console = portal.Console();
        await console.LogInAsync("console", _access.Staff("gives", "administrator"));
        var path = $"/console/people?issuer={Uri.EscapeDataString(AccessGateway.Issuer)}&subject=quota-by-form";

        var granted = await console.SendAsync(
            await console.GetAsync(path), "/console/grants", ("category", "other"), ("days", "3"), ("reason", "By contract."), ("quota_releases", "40"), ("quota_days", "7"));

        Assert.Contains("40 in 7 days", granted.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_steward_passes_on_a_smaller_quota_by_form_and_no_larger_one()
    {
        var held = (await _access.AdminAsync("/admin/grants", _access.Staff("gives", "administrator"), new
        {
            organisation = new { issuer = AccessGateway.Issuer, name = "quota-form" },
            categories = new[] { "other" },
            days = 7,
            reason = "By contract.",
            assignable = true,
            quota = new { releases = 10, per_days = 7 },
        })).Expect(201);
        using var steward = portal.Portal();
        await steward.LogInAsync("portal", _access.Gateway.TokenOf(new DevelopmentToken("registered") { Subject = "steward-of-quota-form", Organisation = "quota-form", Roles = ["steward"] }));
        var path = "/portal/organisation/" + held.Text("id");
        async Task<Page> ShareAsync(string releases, string days) => await steward.SendAsync(
            await steward.GetAsync(path), path, ("subject", "form-member"), ("category", "other"), ("days", "3"), ("reason", "Works on it."), ("quota_releases", releases), ("quota_days", days));

        var refused = await ShareAsync("11", "7");
        Assert.Contains("quota: 10 releases at most", refused.Document.QuerySelector("[role=alert]")!.TextContent, StringComparison.Ordinal);
        Assert.Equal("11", refused.Document.QuerySelector("input[name=quota_releases]")!.GetAttribute("value"));
        Assert.Contains("quota: releases, 1 to", (await ShareAsync("few", "7")).Text, StringComparison.Ordinal);
        Assert.Contains("To nobody yet.", (await steward.GetAsync(path)).Text, StringComparison.Ordinal);

        Assert.Contains("2 in 7 days", (await ShareAsync("2", "7")).Document.QuerySelector("tbody")!.TextContent, StringComparison.Ordinal);
        Assert.Contains("10 in 7 days", (await ShareAsync("", "7")).Document.QuerySelector("tbody tr")!.TextContent, StringComparison.Ordinal);
    }
}
