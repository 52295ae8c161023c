using System.Net;
using PolicyGateway.Audit;
using PolicyGateway.Tests.Fakes;
using PolicyGateway.Tests.Inference;

namespace PolicyGateway.Tests.Access;

/// <summary>The whole loop by API: refused, requested, granted by two, released, revoked in mid-stream, appealed, found in the audit.</summary>
public sealed class AccessStoryTests(AccessGateway access) : IClassFixture<AccessGateway>
{
    [Fact]
    public async Task Who_is_refused_asks_is_granted_is_revoked_in_mid_stream_and_appeals()
    {
        var gateway = access.Gateway;
        var ada = access.Person("ada");
        gateway.Backend.Answer = context => ScriptedBackend.WriteJsonAsync(context, ScriptedBackend.Completion("It works like this. " + KeywordClassifier.Cyber));

        // Refused, with a link.
        var refusal = await gateway.SendAsync(TheGateway.Ask("hello"), ada);
        Assert.Equal((HttpStatusCode.Forbidden, "verification_required"), (refusal.Status, refusal.Code));
        var decision = refusal.Error.GetProperty("decision_id").GetString()!;
        Assert.False((await access.GetAsync("/v1/access/me", ada)).Expect(200).Body.GetProperty("categories")[0].GetProperty("open").GetBoolean());

        // Asks; one approver is not enough, and Ada, who is an approver herself, does not count.
        var request = await access.RequestAsync(ada);
        (await access.AdminAsync($"/admin/requests/{request}/approve", access.Staff("ada", "approver"), new { reason = "It is me." })).Expect(403);
        (await access.AdminAsync($"/admin/requests/{request}/approve", access.Staff("first", "approver"), new { reason = "Contract seen." })).Expect(200);
        (await access.AdminAsync($"/admin/requests/{request}/approve", access.Staff("first", "approver"), new { reason = "Once more." })).Expect(409);
        Assert.Equal(HttpStatusCode.Forbidden, (await gateway.SendAsync(TheGateway.Ask("hello"), ada)).Status);
        var approved = (await access.AdminAsync($"/admin/requests/{request}/approve", access.Staff("second", "approver"), new { reason = "Agreed." })).Expect(200);

        // The same token's next request is answered; another's is not.
        Assert.Equal("approved", approved.Text("status"));
        Assert.Equal(HttpStatusCode.OK, (await gateway.SendAsync(TheGateway.Ask("hello"), ada)).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await gateway.SendAsync(TheGateway.Ask("hello"), access.Person("eve"))).Status);
        Assert.True((await access.GetAsync("/v1/access/me", ada)).Expect(200).Body.GetProperty("categories")[0].GetProperty("open").GetBoolean());

        // Revoked in mid-stream.
        var rest = await access.StreamUntilAsync(ada, async () =>
            (await access.AdminAsync($"/admin/grants/{approved.Text("grant_id")}/revoke", access.Staff("operator", "operator"), new { reason = "The contract has ended." })).Expect(200));
        Assert.DoesNotContain("marker", rest, StringComparison.Ordinal);
        gateway.Backend.Answer = context => ScriptedBackend.WriteJsonAsync(context, ScriptedBackend.Completion(KeywordClassifier.Cyber));
        Assert.Equal(HttpStatusCode.Forbidden, (await gateway.SendAsync(TheGateway.Ask("hello"), ada)).Status);

        // Appeals, once, against what was refused to her.
        var appeal = (await access.PostAsync("/v1/access/appeals", ada, new { decision_id = decision, statement = "I test my own systems." })).Expect(201);
        (await access.PostAsync("/v1/access/appeals", ada, new { decision_id = decision, statement = "Again." })).Expect(409);
        (await access.PostAsync("/v1/access/appeals", access.Person("eve"), new { decision_id = decision, statement = "Mine." })).Expect(404);
        (await access.AdminAsync($"/admin/appeals/{appeal.Text("id")}/decide", access.Staff("first", "approver"), new { status = "upheld", reason = "Ask for access again." })).Expect(200);
        var answered = (await access.GetAsync($"/v1/access/appeals/{appeal.Text("id")}", ada)).Expect(200);
        Assert.Equal(("upheld", "Ask for access again."), (answered.Text("status"), answered.Text("outcome_reason")));
        Assert.DoesNotContain("first", answered.Body.GetRawText(), StringComparison.Ordinal);

        await FindInAuditAsync(decision, request, appeal.Text("id"), approved.Text("grant_id"));
    }

    private async Task FindInAuditAsync(string decision, string request, string appeal, string grant)
    {
        var options = new AuditOptions().ResolvePaths(access.Gateway.Folder);
        await access.Gateway.StopAsync();
        var rows = AuditReader.Read(options.File, new AuditFilter(null, null, null, null, 1_000));
        string[] Of(string target) => [.. rows.Where(row => row.Text("target") == target).Select(static row => row.Text("event"))];
        Assert.Equal(["request.created", "request.approval", "request.approved"], Of(request));
        Assert.Equal(["appeal.created", "appeal.upheld"], Of(appeal));
        Assert.Equal(["grant.revoked"], Of(grant));
        Assert.Equal("The contract has ended.", rows.Single(static row => row.Text("event") == "grant.revoked").Text("reason"));
        Assert.Contains(rows, row => row.Text("decision") == decision && row.Text("outcome") == "refused");
        Assert.Contains(rows, row => row.Text("event") == "release_intent" && row.Text("grants").Contains(grant, StringComparison.Ordinal));
        var keys = new Dictionary<string, VerifyingKey>(StringComparer.Ordinal);
        using var key = VerifyingKey.Load(options.SigningKeyFile + ".pub");
        keys.Add(key.Id, key);
        Assert.Empty(AuditVerifier.Verify(options.File, keys, []).Faults);
    }
}
