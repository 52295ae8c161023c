using System.Text.Json;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using PolicyGateway.Audit;
using PolicyGateway.Tests.Access;

namespace PolicyGateway.Tests.Admin;

/// <summary>The chain is verified beside the running gateway, on demand.</summary>
public sealed class AuditVerificationTests : IAsyncLifetime
{
    private readonly AccessGateway _access = new();

    public Task InitializeAsync()
    {
        _access.Gateway.Settings["Audit:CheckpointEvery"] = "1";
        return _access.InitializeAsync();
    }

    public Task DisposeAsync() => _access.DisposeAsync();

    [Fact]
    public async Task A_whole_chain_is_found_whole_and_a_broken_one_broken_with_the_first_fault_named()
    {
        var first = await StatusAsync();
        Assert.Equal("none", first.GetProperty("verification").GetProperty("state").GetString());

        var refused = await _access.RefusedAsync(_access.Person("ann"));
        Assert.Equal("running", (await _access.AdminAsync("/admin/audit/verify", Auditor, new { })).Expect(202).Text("state"));
        var intact = await EndedAsync();
        Assert.Equal("intact", intact.GetProperty("verification").GetProperty("state").GetString());
        Assert.True(intact.GetProperty("verification").GetProperty("heads_checked").GetInt32() > 1);
        Assert.Equal(intact.GetProperty("records").GetInt64(), intact.GetProperty("verification").GetProperty("checked").GetInt64());
        Assert.Equal(intact.GetProperty("newest").GetInt64(), intact.GetProperty("last_head").GetProperty("sequence").GetInt64());

        Tamper(refused);
        (await _access.AdminAsync("/admin/audit/verify", Auditor, new { })).Expect(202);
        var broken = (await EndedAsync()).GetProperty("verification");

        Assert.Equal("broken", broken.GetProperty("state").GetString());
        Assert.True(broken.GetProperty("faults").GetInt32() > 0);
        Assert.Contains("was altered", broken.GetProperty("first_fault").GetString(), StringComparison.Ordinal);
        Assert.NotEmpty((await _access.AdminAsync("/admin/audit", Auditor)).Expect(200).Items);
    }

    private string Auditor => _access.Staff("the-auditor", "auditor");

    private async Task<JsonElement> StatusAsync() => (await _access.AdminAsync("/admin/audit/status", Auditor)).Expect(200).Body;

    private async Task<JsonElement> EndedAsync()
    {
        for (var i = 0; ; i++)
        {
            var status = await StatusAsync();
            if (i == 500 || status.GetProperty("verification").GetProperty("state").GetString() != "running")
            {
                return status;
            }

            await Task.Delay(20);
        }
    }

    private void Tamper(string decision)
    {
        using var connection = new SqliteConnection($"Data Source={_access.Gateway.Services.GetRequiredService<IOptions<AuditOptions>>().Value.File};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "DROP TRIGGER chain_is_append_only; UPDATE chain SET payload = replace(payload, 'refused', 'allowed') WHERE payload LIKE $decision";
        command.Parameters.AddWithValue("$decision", $"%{decision}%");
        Assert.Equal(1, command.ExecuteNonQuery());
    }
}
