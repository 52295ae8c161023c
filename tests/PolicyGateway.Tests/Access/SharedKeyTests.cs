using System.Net;
using PolicyGateway.Identity;
using PolicyGateway.Tests.Fakes;
using PolicyGateway.Tests.Inference;

namespace PolicyGateway.Tests.Access;

/// <summary>A key that many use names for whom each request is; what it names opens nothing, and is found again in the audit.</summary>
public sealed class SharedKeyTests(AccessGateway access) : IClassFixture<AccessGateway>
{
    private string Administrator => access.Staff("makes-shared", "administrator");

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890")]
    public async Task Without_an_end_user_nothing_is_asked(string? endUser)
    {
        var key = await KeyAsync("front-end");

        var answer = await AskAsync(key, "hello", endUser);

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Contains(EndUser.Header, answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_end_user_opens_nothing_that_the_person_of_this_name_has()
    {
        // A person of the very name has a grant.
        await access.ApproveAsync(await access.RequestAsync(access.Person("granted-person", "shared-org")));
        Assert.Equal(HttpStatusCode.OK, (await access.Gateway.SendAsync(TheGateway.Ask(KeywordClassifier.Cyber), access.Person("granted-person", "shared-org"))).Status);
        var key = await KeyAsync("shared-org");

        Assert.Equal(HttpStatusCode.OK, (await AskAsync(key, "hello", "granted-person")).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await AskAsync(key, KeywordClassifier.Cyber, "granted-person")).Status);
    }

    [Fact]
    public async Task The_audit_says_which_key_asked_and_its_owner_sees_it_too()
    {
        var owner = access.Person("has-two-keys");
        var keys = new List<Reply>();
        foreach (var name in new[] { "kept", "leaked" })
        {
            keys.Add((await access.PostAsync("/v1/access/keys", owner, new { name, days = 3 })).Expect(201));
        }

        var leaked = keys[1].Body.GetProperty("record").GetProperty("id").GetString();
        foreach (var credential in new[] { keys[0].Text("key"), keys[1].Text("key"), owner })
        {
            Assert.Equal(HttpStatusCode.Forbidden, (await access.Gateway.SendAsync(TheGateway.Ask(KeywordClassifier.Cyber), credential)).Status);
        }

        Reply own;
        var tries = 0;
        do
        {
            await Task.Delay(50);
            own = (await access.GetAsync("/v1/access/decisions", owner)).Expect(200);
        }
        while (own.Items.Length < 3 && tries++ < 100);

        var kept = keys[0].Body.GetProperty("record").GetProperty("id").GetString();
        Assert.Equal($", {leaked}, {kept}", string.Join(", ", own.Items.Select(static item => item.TryGetProperty("key_id", out var id) ? id.GetString() : "")));
        var found = (await access.AdminAsync($"/admin/audit?key_id={leaked}", access.Staff("finds", "auditor"))).Expect(200);
        Assert.Equal(["refusal", "key.created"], found.Items.Select(static item => item.GetProperty("record").GetProperty("event").GetString()));
    }

    [Fact]
    public async Task The_audit_finds_an_end_user_again_and_does_not_hold_his_name()
    {
        var key = await KeyAsync("finds");
        var decision = (await AskAsync(key, KeywordClassifier.Cyber, "patient-zero-1931")).Error.GetProperty("decision_id").GetString();
        var query = $"/admin/audit?issuer={Uri.EscapeDataString(AccessGateway.Issuer)}&organisation=finds";

        Reply found;
        var tries = 0;
        do
        {
            await Task.Delay(50);
            found = (await access.AdminAsync(query + "&end_user=patient-zero-1931", access.Staff("finds", "auditor"))).Expect(200);
        }
        while (found.Items.Length == 0 && tries++ < 100);

        Assert.Equal(decision, Assert.Single(found.Items).GetProperty("decision").GetString());
        Assert.DoesNotContain("patient-zero", found.Body.GetRawText(), StringComparison.Ordinal);
        Assert.Empty((await access.AdminAsync(query + "&end_user=patient-zero-1932", access.Staff("finds", "auditor"))).Expect(200).Items);
        (await access.AdminAsync("/admin/audit?end_user=patient-zero-1931", access.Staff("finds", "auditor"))).Expect(400);
    }

    [Fact]
    public async Task A_persons_own_key_is_of_one_person()
    {
        (await access.PostAsync("/v1/access/keys", access.Person("own"), new { name = "mine", days = 3, multi_user = true })).Expect(422);
        var key = (await access.PostAsync("/v1/access/keys", access.Person("own"), new { name = "mine", days = 3 })).Expect(201).Text("key");

        Assert.Equal(HttpStatusCode.OK, (await AskAsync(key, "hello", null)).Status);
    }

    [Fact]
    public async Task The_backend_does_not_hear_of_an_end_user()
    {
        var key = await KeyAsync("quiet");
        access.Gateway.Backend.Received.Clear();

        await AskAsync(key, "hello", "somebody-here");

        var received = Assert.Single(access.Gateway.Backend.Received);
        Assert.DoesNotContain(received.Headers, header => header.Key.Contains("End-User", StringComparison.OrdinalIgnoreCase) || header.Value.ToString().Contains("somebody-here", StringComparison.Ordinal));
    }

    private async Task<string> KeyAsync(string organisation)
    {
        var made = (await access.AdminAsync("/admin/keys", Administrator, new
        {
            name = "chat",
            days = 3,
            organisation = new { issuer = AccessGateway.Issuer, name = organisation },
            multi_user = true,
        })).Expect(201);
        Assert.True(made.Body.GetProperty("record").GetProperty("multi_user").GetBoolean());
        return made.Text("key");
    }

    private Task<Answer> AskAsync(string key, string prompt, string? endUser) => access.Gateway.SendAsync(TheGateway.Ask(prompt), key, request =>
    {
        if (endUser is not null)
        {
            request.Headers.TryAddWithoutValidation(EndUser.Header, endUser);
        }
    });
}
