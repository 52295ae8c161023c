using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using PolicyGateway.Audit;
using PolicyGateway.Tests.Audit;
using PolicyGateway.Tests.Fakes;
using PolicyGateway.Tests.Inference;

namespace PolicyGateway.Tests.Hosting;

/// <summary>The gateway over its real audit while the disk is full or the clock is set back.</summary>
public sealed class AuditOutageTests : IAsyncLifetime
{
    private readonly TheGateway _gateway = new() { UsesRealAudit = true };
    private readonly Disk _disk = new();
    private readonly ShiftedClock _clock = new();

    public Task InitializeAsync()
    {
        _gateway.Settings["Audit:BatchMaxDelay"] = "00:00:00";
        _gateway.Changes = services =>
        {
            services.AddSingleton<TimeProvider>(_clock);
            services.AddSingleton(provider => SqliteAuditLog.Open(
                provider.GetRequiredService<IOptions<AuditOptions>>().Value, _clock, NullLogger<SqliteAuditLog>.Instance, _disk.Attach));
        };
        return _gateway.InitializeAsync();
    }

    public Task DisposeAsync() => _gateway.DisposeAsync();

    [Fact]
    public async Task On_a_full_disk_gated_releases_are_503_and_benign_ones_go_on_until_there_is_room_again()
    {
        _gateway.Backend.Answer = static context => ScriptedBackend.WriteJsonAsync(context, ScriptedBackend.Completion(KeywordClassifier.Cyber));
        await UntilRecordedAsync(await AskAsync(HttpStatusCode.OK));

        // The bound does not shrink a file: the pages that it has may still be filled.
        _disk.Set("PRAGMA max_page_count=1");
        var refused = await GatedAsync();
        for (var i = 0; i < 200 && refused.Status == HttpStatusCode.OK; i++)
        {
            refused = await GatedAsync();
        }

        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.Status);
        Assert.Equal("audit_unavailable", refused.Code);
        Assert.DoesNotContain(KeywordClassifier.Cyber, refused.Everything, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await Health.StatusAsync(_gateway, "ready"));
        Assert.Equal(HttpStatusCode.OK, await Health.StatusAsync(_gateway, "live"));

        _gateway.Backend.Reset();
        Assert.Equal(HttpStatusCode.OK, (await _gateway.SendAsync(TheGateway.Ask("hello"))).Status);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await Health.StatusAsync(_gateway, "ready"));

        await Settled();
        _disk.Set("PRAGMA max_page_count=1000000");
        await UntilRecordedAsync(await AskAsync(HttpStatusCode.OK));
        Assert.Equal(HttpStatusCode.OK, await Health.StatusAsync(_gateway, "ready"));
        AssertVerifies();
    }

    [Fact]
    public async Task A_clock_that_is_set_back_stops_nothing_and_the_audit_says_so()
    {
        _clock.Shift = TimeSpan.FromMinutes(20);
        await UntilRecordedAsync(await AskAsync(HttpStatusCode.OK));

        _clock.Shift = TimeSpan.Zero;
        await UntilRecordedAsync(await AskAsync(HttpStatusCode.OK));

        AssertVerifies();
        Assert.Contains(Rows(null), row => row.Payload.ContainsKey("clock_moved_back"));
    }

    /// <summary>A gated request; its decision's id.</summary>
    private async Task<string> AskAsync(HttpStatusCode expected)
    {
        var answer = await GatedAsync();
        Assert.Equal(expected, answer.Status);
        return answer.Headers["x-request-id"];
    }

    private Task<Answer> GatedAsync() => _gateway.SendAsync(TheGateway.Ask(KeywordClassifier.Cyber), _gateway.Professional);

    /// <summary>Waits for the outcome, which is noted after the answer left, so that nothing is queued when the disk changes.</summary>
    private async Task UntilRecordedAsync(string decision)
    {
        for (var i = 0; i < 500 && Rows(decision).Count < 2; i++)
        {
            await Task.Delay(10);
        }

        Assert.Equal(["pending", "released"], Rows(decision).Select(row => row.Text("outcome")));
    }

    /// <summary>The log's one writer has done what was queued before this.</summary>
    private async Task Settled() => await Record.ExceptionAsync(() =>
        _gateway.Services.GetRequiredService<SqliteAuditLog>().EraseAsync(null, "nobody", CancellationToken.None));

    private IReadOnlyList<AuditRow> Rows(string? decision) =>
        AuditReader.Read(Options.File, new AuditFilter(decision, null, null, null, int.MaxValue));

    private void AssertVerifies() => Assert.Empty(AuditFolder.VerifyAt(Options).Faults);

    private AuditOptions Options => _gateway.Services.GetRequiredService<IOptions<AuditOptions>>().Value;

    /// <summary>The system's clock, some time ahead.</summary>
    private sealed class ShiftedClock : TimeProvider
    {
        public TimeSpan Shift { get; set; }

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Shift;
    }
}
