using System.Security.Cryptography;
using System.Text;
using PolicyGateway.Tests.Access;

namespace PolicyGateway.Tests.Outgoing;

/// <summary>Two receivers of a running gateway are told what people do in it: one who may know them, and one who may not.</summary>
public sealed class WebhookStoryTests : IAsyncLifetime
{
    private const string Reason = "Words of a person, which are nobody else's.";

    private readonly AccessGateway _access = new();
    private ReceivingServer _knowing = null!;
    private ReceivingServer _unknowing = null!;

    public async Task InitializeAsync()
    {
        (_knowing, _unknowing) = (await ReceivingServer.StartAsync(), await ReceivingServer.StartAsync());
        var file = Path.Combine(_access.Gateway.Folder, "webhook.secret");
        await File.WriteAllTextAsync(file, OutboxHost.WebhookSecret);
        foreach (var (key, value) in OutboxHost.Webhook(_knowing.Url + "/hook").Concat(OutboxHost.Webhook(_unknowing.Url + "/hook", index: 1)))
        {
            _access.Gateway.Settings[key] = value;
        }

        _access.Gateway.Settings["Webhooks:Receivers:0:IncludePersons"] = "true";
        await _access.InitializeAsync();
    }

    public async Task DisposeAsync()
    {
        await _access.DisposeAsync();
        await _knowing.DisposeAsync();
        await _unknowing.DisposeAsync();
    }

    [Fact]
    public async Task A_request_is_told_to_approvers_and_its_end_to_the_applicant()
    {
        var id = await _access.RequestAsync(_access.Person("ada"));
        var created = await _knowing.ExpectAsync("request.created");

        Assert.Equal((id, "pending"), (created.Data.GetProperty("id").GetString(), created.Data.GetProperty("status").GetString()));
        Assert.Equal("cyber", created.Data.GetProperty("categories")[0].GetString());
        Assert.Equal(new Uri(_access.Gateway.Management, "/console/requests/" + id).AbsoluteUri, created.Data.GetProperty("link").GetString());
        Assert.Equal(["data", "timestamp", "type"], created.Json.EnumerateObject().Select(static member => member.Name).Order());
        Assert.InRange(created.Json.GetProperty("timestamp").GetDateTimeOffset(), DateTimeOffset.UtcNow.AddMinutes(-1), DateTimeOffset.UtcNow.AddSeconds(1));

        await _access.ApproveAsync(id);

        var approved = await _knowing.ExpectAsync("request.approved");
        var grant = await _knowing.ExpectAsync("grant.created");
        Assert.Equal("https://gateway.example/portal/requests", approved.Data.GetProperty("link").GetString());
        Assert.Equal(approved.Data.GetProperty("grant").GetString(), grant.Data.GetProperty("id").GetString());
        Assert.Equal(id, grant.Data.GetProperty("request").GetString());
    }

    [Fact]
    public async Task A_message_is_signed_so_that_anybody_with_the_secret_can_tell()
    {
        await _access.RequestAsync(_access.Person("ada"));
        var message = (await _knowing.ExpectAsync(1))[0];

        // Written apart from the gateway's own: the bytes of the convention, one after the other.
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, Convert.FromBase64String("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"));
        foreach (var part in new[] { message.Id, ".", message.Headers["webhook-timestamp"], ".", message.Body })
        {
            hmac.AppendData(Encoding.UTF8.GetBytes(part));
        }

        Assert.Equal("v1," + Convert.ToBase64String(hmac.GetHashAndReset()), message.Headers["webhook-signature"]);
        Assert.Equal(("application/json", "/hook"), (message.ContentType, message.Path));
        Assert.InRange(long.Parse(message.Headers["webhook-timestamp"], System.Globalization.CultureInfo.InvariantCulture), DateTimeOffset.UtcNow.AddMinutes(-1).ToUnixTimeSeconds(), DateTimeOffset.UtcNow.ToUnixTimeSeconds());
    }

    [Fact]
    public async Task Everything_that_happens_is_told_and_nothing_that_people_wrote()
    {
        var (zoe, approver, taker) = (_access.Person("zoe", "lab-seven"), _access.Staff("first-approver", "approver"), _access.Staff("op", "operator"));
        var refused = await _access.RefusedAsync(zoe);
        await _access.ApproveAsync(await RequestAsync(zoe));
        (await _access.AdminAsync($"/admin/requests/{await RequestAsync(zoe)}/deny", approver, new { reason = Reason })).Expect(200);
        (await _access.PostAsync($"/v1/access/requests/{await RequestAsync(zoe)}/withdraw", zoe)).Expect(200);
        var appeal = (await _access.PostAsync("/v1/access/appeals", zoe, new { decision_id = refused, statement = Reason })).Expect(201).Text("id");
        (await _access.AdminAsync($"/admin/appeals/{appeal}/decide", approver, new { status = "upheld", reason = Reason })).Expect(200);
        var key = (await _access.PostAsync("/v1/access/keys", zoe, new { name = Reason[..20], days = 3 })).Expect(201).Body.GetProperty("record").GetProperty("id").GetString();
        (await _access.PostAsync($"/v1/access/keys/{key}/revoke", zoe, new { reason = Reason })).Expect(200);
        (await _access.AdminAsync($"/admin/grants/{await GrantOfAsync("zoe")}/revoke", taker, new { reason = Reason })).Expect(200);
        await RevokeAsync(taker, new { target = "organisation", issuer = AccessGateway.Issuer, name = "lab-nine", reason = Reason });
        var revocation = await RevokeAsync(taker, new { target = "person", issuer = AccessGateway.Issuer, subject = "leaver", reason = Reason });
        (await _access.AdminAsync($"/admin/revocations/{revocation}/lift", taker, new { reason = Reason })).Expect(200);
        await _knowing.ExpectAsync("revocation.lifted");
        await _unknowing.ExpectAsync("revocation.lifted");

        string[] all =
        [
            "appeal.created", "appeal.decided", "grant.created", "grant.revoked", "key.created", "key.revoked",
            "request.approved", "request.created", "request.denied", "request.withdrawn", "revocation.created", "revocation.lifted",
        ];
        Assert.Equal(all, _knowing.All.Select(static one => one.Type).Distinct().Order());
        Assert.Equal(all, _unknowing.All.Select(static one => one.Type).Distinct().Order());
        Assert.All(_knowing.All.Concat(_unknowing.All), static one => Assert.DoesNotContain("Words of", one.Body, StringComparison.Ordinal));
        Assert.All(_unknowing.All, static one =>
        {
            Assert.DoesNotContain("zoe", one.Body, StringComparison.Ordinal);
            Assert.DoesNotContain("leaver", one.Body, StringComparison.Ordinal);
            Assert.DoesNotContain("lab-", one.Body, StringComparison.Ordinal);
            Assert.DoesNotContain(AccessGateway.Issuer, one.Body, StringComparison.Ordinal);
        });
        Assert.Contains(_knowing.All, static one => one.Data.TryGetProperty("organisation", out var organisation) && organisation.GetProperty("name").GetString() == "lab-nine");
        Assert.Contains(_unknowing.All, static one => one.Data.TryGetProperty("organisation", out var organisation) && organisation.GetProperty("pseudonym").GetString()!.StartsWith("org_", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Who_may_not_know_people_gets_a_pseudonym_of_his_own_for_each()
    {
        foreach (var person in new[] { "ada", "bob", "ada" })
        {
            await _access.RequestAsync(_access.Person(person));
        }

        var (knowing, unknowing) = (await _knowing.ExpectAsync(3), await _unknowing.ExpectAsync(3));

        Assert.Equal(["ada", "ada", "bob"], knowing.Select(static one => one.Data.GetProperty("person").GetProperty("subject").GetString()!).Order());
        var names = unknowing.OrderBy(static one => one.Data.GetProperty("id").GetString(), StringComparer.Ordinal).Select(static one => one.Data.GetProperty("person").GetProperty("pseudonym").GetString()!).ToArray();
        Assert.Equal(names[0], names[2]);
        Assert.NotEqual(names[0], names[1]);
        Assert.All(names, static name => Assert.Matches("^psn_[0-9a-f]{32}$", name));
        Assert.All(unknowing, static one => Assert.Single(one.Data.GetProperty("person").EnumerateObject()));
    }

    [Fact]
    public async Task The_key_of_the_pseudonyms_is_the_gateways_own()
    {
        await _access.RequestAsync(_access.Person("ada"));
        await _unknowing.ExpectAsync(1);

        OutboxHost.AssertPrivate(Path.Combine(_access.Gateway.Folder, "outgoing", "pseudonyms.key"));
    }

    [Fact]
    public async Task What_was_delivered_and_what_waits_is_scraped_by_receiver()
    {
        _unknowing.Answer = ReceivingServer.Status(500);
        await _access.RequestAsync(_access.Person("ada"));
        await _knowing.ExpectAsync(1);
        await _unknowing.ExpectAsync(2);

        var scrape = (await _access.Management.GetStringAsync(new Uri("/metrics", UriKind.Relative))).Split('\n');

        foreach (var (name, receiver) in new[] { ("delivered_total", "w0"), ("failed_total", "w1"), ("waiting", "w1"), ("age_seconds", "w1") })
        {
            Assert.Contains(scrape, line => line.StartsWith($"policygateway_outgoing_{name}{{", StringComparison.Ordinal) && line.Contains($"policygateway_receiver=\"webhook:{receiver}\"", StringComparison.Ordinal));
        }
    }

    private async Task<string> RequestAsync(string token) => (await _access.PostAsync("/v1/access/requests", token, new
    {
        categories = new[] { "cyber" },
        project = Reason,
        purpose = Reason,
        days = 7,
    })).Expect(201).Text("id");

    private async Task<string> GrantOfAsync(string subject) =>
        (await _access.AdminAsync($"/admin/grants?issuer={Uri.EscapeDataString(AccessGateway.Issuer)}&subject={subject}", _access.Staff("op", "operator"))).Items[0].GetProperty("id").GetString()!;

    private async Task<string> RevokeAsync(string token, object body) => (await _access.AdminAsync("/admin/revocations", token, body)).Expect(201).Text("id");
}
