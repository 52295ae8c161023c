using PolicyGateway.Tests.Access;

namespace PolicyGateway.Tests.Admin;

/// <summary>Who may look at what.</summary>
public sealed class ReadRoleTests(AccessGateway access) : IClassFixture<AccessGateway>
{
    public static TheoryData<string, string, string> Endpoints => new()
    {
        { "GET", "/admin/audit", "auditor operator approver administrator" },
        { "GET", "/admin/audit/status", "auditor operator approver administrator" },
        { "POST", "/admin/audit/verify", "auditor operator approver administrator" },
        { "GET", "/admin/statistics", "auditor operator approver administrator" },
        { "GET", "/admin/policy", "auditor operator approver administrator" },
        { "POST", "/admin/evidence/dec_0", "approver administrator" },
    };

    [Theory]
    [MemberData(nameof(Endpoints))]
    public async Task An_endpoint_is_open_to_its_roles_and_to_nobody_else(string method, string path, string roles)
    {
        foreach (var role in new[] { "auditor", "operator", "approver", "administrator", "professional", "" })
        {
            var token = access.Staff("somebody", role.Length == 0 ? [] : [role]);
            var reply = method == "GET" ? await access.AdminAsync(path, token) : await access.AdminAsync(path, token, new { reason = "A test." });
            Assert.True(roles.Split(' ').Contains(role) ? reply.Status is 200 or 202 or 409 : reply.Status == 403, $"{role}: {reply.Status} {reply.Body}");
        }

        var anonymous = method == "GET" ? await access.AdminAsync(path, null) : await access.AdminAsync(path, null, new { });
        Assert.Equal((401, "application/problem+json"), (anonymous.Status, anonymous.MediaType));
        (method == "GET" ? await access.GetAsync(path, access.Staff("somebody", "administrator")) : await access.PostAsync(path, access.Staff("somebody", "administrator"))).Expect(404);
    }
}
