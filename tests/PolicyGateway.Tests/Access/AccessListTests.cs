using System.Net;

namespace PolicyGateway.Tests.Access;

/// <summary>What is listed, described and counted.</summary>
public sealed class AccessListTests(AccessGateway access) : IClassFixture<AccessGateway>
{
    [Theory]
    [InlineData("/admin/requests?status=pending", 200)]
    [InlineData("/admin/requests?status=denied", 200)]
    [InlineData("/admin/requests?status=Denied", 400)]
    [InlineData("/admin/requests?after=zzz", 400)]
    [InlineData("/admin/requests?after=grt_0190163d8694739bb8a4d1a5a1c5a6b7", 400)]
    [InlineData("/admin/requests?after=req_0190163d8694739bb8a4d1a5a1c5a6b7", 200)]
    [InlineData("/admin/revocations?after=zzz", 400)]
    [InlineData("/admin/appeals?after=zzz", 400)]
    [InlineData("/admin/break-glass?after=zzz", 400)]
    [InlineData("/admin/grants?issuer=a&subject=b&after=zzz", 400)]
    [InlineData("/admin/requests?status=1", 400)]
    [InlineData("/admin/requests?status=lost", 400)]
    [InlineData("/admin/requests?status=pending&status=denied", 400)]
    [InlineData("/admin/appeals?status=open", 200)]
    [InlineData("/admin/appeals?status=", 400)]
    [InlineData("/admin/requests?limit=-1", 400)]
    [InlineData("/admin/requests?after=%00", 400)]
    [InlineData("/admin/grants?issuer=a", 400)]
    [InlineData("/admin/grants?issuer=a&subject=b&organisation=c", 400)]
    public async Task A_query_that_says_nothing_clear_is_refused_and_fails_nothing(string path, int status) =>
        (await access.AdminAsync(path, access.Staff("auditor", "auditor"))).Expect(status);

    [Theory]
    [InlineData("access", "admin", "/v1/access/")]
    [InlineData("admin", "access", "/admin/")]
    public async Task Each_address_describes_its_own_endpoints_with_their_bodies_and_no_others(string name, string other, string prefix)
    {
        var ask = name == "access" ? access.Gateway.Client : access.Management;
        using var document = System.Text.Json.JsonDocument.Parse(await ask.GetStringAsync($"/openapi/{name}.json"));
        using var missing = await ask.GetAsync(new Uri($"/openapi/{other}.json", UriKind.Relative));

        Assert.Equal(HttpStatusCode.NotFound, missing.StatusCode);
        var paths = document.RootElement.GetProperty("paths").EnumerateObject().ToList();
        Assert.True(paths.Count >= 8 && paths.TrueForAll(path => path.Name.StartsWith(prefix, StringComparison.Ordinal)));
        foreach (var operation in paths.SelectMany(static path => path.Value.EnumerateObject()))
        {
            Assert.NotEmpty(operation.Value.GetProperty("summary").GetString()!);
            Assert.True(operation.Value.GetProperty("responses").TryGetProperty("401", out _));
        }

        var text = document.RootElement.GetRawText();
        Assert.Contains("\"expires_at\"", text, StringComparison.Ordinal);
        Assert.DoesNotContain("\"hash\"", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_waits_for_people_is_a_metric()
    {
        await access.RequestAsync(access.Person("waiting"));

        var seen = access.Gauges();
        Assert.True(seen["policygateway.access.requests.pending"] > 0);
        Assert.Equal(0, seen["policygateway.access.appeals.overdue"]);
        Assert.Contains("policygateway_access_requests_pending", await access.Management.GetStringAsync("/metrics"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pages_follow_each_other_to_the_end()
    {
        var person = access.Person("busy");
        var ids = new List<string>();
        for (var i = 0; i < 5; i++)
        {
            ids.Insert(0, await access.RequestAsync(person));
        }

        var (seen, next) = (new List<string>(), (string?)"");
        while (next is not null)
        {
            var page = (await access.GetAsync($"/v1/access/requests?limit=2{(next.Length == 0 ? "" : $"&after={next}")}", person)).Expect(200);
            seen.AddRange(page.Items.Select(static item => item.GetProperty("id").GetString()!));
            next = page.Body.TryGetProperty("next", out var after) ? after.GetString() : null;
        }

        Assert.Equal(ids, seen);
    }
}
