using Microsoft.Extensions.DependencyInjection;
using PolicyGateway.Policy;
using PolicyGateway.Tests.Access;

namespace PolicyGateway.Tests.Admin;

/// <summary>The policy in force, for those who must answer for it.</summary>
public sealed class PolicyReviewTests : IAsyncLifetime
{
    private readonly AccessGateway _access = new();

    public Task InitializeAsync() => _access.InitializeAsync();

    public Task DisposeAsync() => _access.DisposeAsync();

    [Fact]
    public async Task The_policy_in_force_is_shown_as_it_was_written_with_what_the_last_change_changed()
    {
        var first = await ReadAsync();
        Assert.Equal((_access.Gateway.PolicyText, "access", "enforce"), (first.Text("text"), first.Text("name"), first.Text("mode")));
        Assert.False(first.Body.TryGetProperty("previous", out _) || first.Body.TryGetProperty("diff", out _));

        var changed = _access.Gateway.PolicyText.Replace("\"longest_grant_days\": 7", "\"longest_grant_days\": 14", StringComparison.Ordinal);
        Write(changed);
        var second = await ReadAsync();

        Assert.Equal((changed, first.Text("version")), (second.Text("text"), second.Body.GetProperty("previous").GetProperty("version").GetString()));
        Assert.NotEqual(first.Text("version"), second.Text("version"));
        var lines = second.Body.GetProperty("diff").EnumerateArray().Select(static line => (line.GetProperty("change").GetString(), line.GetProperty("text").GetString()!.Trim())).ToList();
        Assert.Equal([("removed", "\"longest_grant_days\": 7,"), ("added", "\"longest_grant_days\": 14,")], lines.Where(static line => line.Item1 != "kept"));
        Assert.Equal(changed.Split('\n').Length + 1, lines.Count);

        // A comment is no other policy; a fault leaves what is in force and says so.
        Write("// Seen by the board.\n" + changed);
        var commented = await ReadAsync();
        Assert.Equal((second.Text("version"), second.Text("since")), (commented.Text("version"), commented.Text("since")));
        Assert.StartsWith("// Seen", commented.Text("text"), StringComparison.Ordinal);
        Write("{");
        var faulty = await ReadAsync();
        Assert.Equal(commented.Text("text"), faulty.Text("text"));
        Assert.NotEmpty(faulty.Text("fault"));
    }

    private async Task<Reply> ReadAsync() => (await _access.AdminAsync("/admin/policy", _access.Staff("auditor", "auditor"))).Expect(200);

    private void Write(string text)
    {
        File.WriteAllText(Path.Combine(_access.Gateway.Folder, "policy.json"), text);
        _access.Gateway.Services.GetRequiredService<PolicyStore>().TryReload();
    }
}
