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

    /// <summary>Approves; null for the status means that it is refused, since he did already.</summary>
    private async Task ApproveAsync(string request, string token, string? status)
    {
        var reply = (await _access.AdminAsync($"/admin/requests/{request}/approve", token, new { reason = "Contract seen." })).Expect(status is null ? 409 : 200);
        Assert.Equal(status, status is null ? null : reply.Text("status"));
    }
}
