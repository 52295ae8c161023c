using Microsoft.Extensions.DependencyInjection;
using PolicyGateway.Access;
using PolicyGateway.State;

namespace PolicyGateway.Tests.Access;

/// <summary>Whose approvals count when the last one comes: not those of whoever asked, nor of anybody who would not be let in with them now.</summary>
public sealed class ApprovalTests(JoinGateway gateway) : IClassFixture<JoinGateway>
{
    private readonly AccessGateway _access = gateway.Access;

    [Fact]
    public async Task Nobody_approves_himself_by_joining_the_two_logins_afterwards()
    {
        var asks = _access.Person("self-portal");
        var request = await _access.RequestAsync(asks);
        await ApproveAsync(request, _access.Staff("self-client", "approver"), "pending");
        var join = await gateway.JoinAsync(asks, _access.Person("self-client"));
        await ApproveAsync(request, _access.Staff("self-second", "approver"), "pending");

        // Nor by undoing it again.
        (await _access.PostAsync($"/v1/access/identities/{join}/undo", asks)).Expect(200);
        await ApproveAsync(request, _access.Staff("self-second", "approver"), null);
        await ApproveAsync(request, _access.Staff("self-third", "approver"), "approved");
    }

    [Fact]
    public async Task An_approval_counts_while_the_approvers_organisation_does()
    {
        var request = await _access.RequestAsync(_access.Person("of-organisation"));
        await ApproveAsync(request, Approver("taken-over", "taken-over-org"), "pending");
        await RevokeAsync(new { target = "organisation", issuer = AccessGateway.Issuer, name = "taken-over-org", reason = "Compromised." });

        await ApproveAsync(request, Approver("good-second", "good-org"), "pending");
        await ApproveAsync(request, Approver("good-third", null), "approved");
    }

    [Theory]
    [InlineData(0, false, "pending")]
    [InlineData(0, true, "pending")]
    [InlineData(3600, false, "approved")]
    public async Task An_approval_that_was_given_before_a_moment_falls_with_the_tokens_of_before_it(int secondsBefore, bool isJoined, string status)
    {
        var name = $"stolen-{secondsBefore}-{isJoined}";
        var request = await _access.RequestAsync(_access.Person("asks-" + name));
        await ApproveAsync(request, _access.Staff(name, "approver"), "pending");
        if (isJoined)
        {
            await gateway.JoinAsync(_access.Person(name), _access.Person(name + "-client"));
        }

        await RevokeAsync(new { target = "person", issuer = AccessGateway.Issuer, subject = isJoined ? name + "-client" : name, issued_before = DateTimeOffset.UtcNow.AddSeconds(-secondsBefore), reason = "A token was stolen." });

        await ApproveAsync(request, _access.Staff("second-" + name, "approver"), status);
    }

    [Fact]
    public async Task An_approval_falls_with_its_issuer_and_one_from_before_organisations_were_kept_counts()
    {
        var (issued, old) = (await _access.RequestAsync(_access.Person("of-issuer")), await _access.RequestAsync(_access.Person("of-old")));
        await AddAsync(issued, new Approval(new PersonRef(JoinGateway.OtherIssuer, "guest"), DateTimeOffset.UtcNow, "Seen."));
        await AddAsync(old, new Approval(new PersonRef(AccessGateway.Issuer, "guest"), DateTimeOffset.UtcNow, "Seen."));
        var entry = await RevokeAsync(new { target = "issuer", issuer = JoinGateway.OtherIssuer, reason = "Its key leaked." });

        await ApproveAsync(issued, _access.Staff("issuer-second", "approver"), "pending");
        await ApproveAsync(old, _access.Staff("issuer-second", "approver"), "approved");

        // What is lifted counts again.
        (await _access.AdminAsync($"/admin/revocations/{entry}/lift", _access.Staff("lifts", "operator"), new { reason = "It did not." })).Expect(200);
        await ApproveAsync(issued, _access.Staff("issuer-third", "approver"), "approved");
    }

    [Fact]
    public async Task An_approval_that_counts_no_more_goes_with_the_next_one_and_may_be_given_again()
    {
        var request = await _access.RequestAsync(_access.Person("asks-of-three"));
        var first = _access.Staff("gone-for-a-while", "approver");
        await ApproveAsync(request, first, "pending");
        var entry = await RevokeAsync(new { target = "person", issuer = AccessGateway.Issuer, subject = "gone-for-a-while", reason = "Under suspicion." });
        await ApproveAsync(request, _access.Staff("stayed", "approver"), "pending");
        var seen = (await _access.AdminAsync($"/admin/requests/{request}", _access.Staff("looks", "auditor"))).Expect(200).Body.GetProperty("approvals");
        (await _access.AdminAsync($"/admin/revocations/{entry}/lift", _access.Staff("lifts", "operator"), new { reason = "It was nothing." })).Expect(200);

        Assert.Equal("stayed", Assert.Single(seen.EnumerateArray()).GetProperty("by").GetProperty("subject").GetString());
        await ApproveAsync(request, _access.Staff("stayed", "approver"), null);
        await ApproveAsync(request, first, "approved");
    }

    [Theory]
    [InlineData(6, 422)]
    [InlineData(0, 422)]
    [InlineData(5, 200)]
    public async Task An_approver_may_shorten_what_was_asked_and_not_lengthen_it(int days, int status)
    {
        var request = (await _access.PostAsync("/v1/access/requests", _access.Person($"asks-five-{days}"), new { categories = new[] { "cyber" }, project = "Red team", purpose = "Our own systems.", days = 5 })).Expect(201).Text("id");

        (await _access.AdminAsync($"/admin/requests/{request}/approve", _access.Staff("measures", "approver"), new { reason = "Contract seen.", days })).Expect(status);
    }

    private async Task AddAsync(string request, Approval word)
    {
        var store = _access.Gateway.Services.GetRequiredService<IStateStore>();
        var stored = (await AccessRequests.SetOf(store).FindAsync(request, default))!;
        Assert.True(await store.TryWriteAsync([AccessRequests.SetOf(store).Replace(stored, stored.Value with { Approvals = stored.Value.Approvals.Add(word) })], default));
    }

    private string Approver(string subject, string? organisation) => _access.Gateway.TokenOf(
        new PolicyGateway.Identity.DevelopmentToken("registered") { Subject = subject, Organisation = organisation, Roles = ["approver"] });

    private async Task<string> RevokeAsync(object body) => (await _access.AdminAsync("/admin/revocations", _access.Staff("takes-away", "operator"), body)).Expect(201).Text("id");

    /// <summary>Approves; null for the status means that it is refused, since he did already.</summary>
    private async Task ApproveAsync(string request, string token, string? status)
    {
        var reply = (await _access.AdminAsync($"/admin/requests/{request}/approve", token, new { reason = "Contract seen." })).Expect(status is null ? 409 : 200);
        Assert.Equal(status, status is null ? null : reply.Text("status"));
    }
}
