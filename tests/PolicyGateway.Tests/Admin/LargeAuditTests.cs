using System.Diagnostics;
using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using PolicyGateway.Audit;
using PolicyGateway.Tests.Access;
using PolicyGateway.Tests.Audit;
using PolicyGateway.Tests.Inference;
using Xunit.Abstractions;

namespace PolicyGateway.Tests.Admin;

/// <summary>People are answered from a large audit, and nobody's release waits for it.</summary>
public sealed class LargeAuditTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const int Records = 100_000;

    // Of a loaded machine; what is usual is printed.
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(20);

    private readonly AccessGateway _access = new();

    public async Task InitializeAsync()
    {
        _access.Gateway.Settings["Audit:BatchMaxRecords"] = "10000";
        _access.Gateway.Settings["Audit:QueueCapacity"] = "200000";
        _access.Gateway.Settings["Audit:CheckpointEvery"] = "1000000";
        _access.Gateway.Settings["Audit:CommitTimeout"] = "00:05:00";
        await _access.InitializeAsync();
    }

    public Task DisposeAsync() => _access.DisposeAsync();

    [Fact]
    public async Task A_hundred_thousand_records_are_read_within_bounds_while_others_are_released()
    {
        var log = _access.Gateway.Services.GetRequiredService<SqliteAuditLog>();
        for (var i = 0; i < Records; i++)
        {
            log.Note(Some.Record($"dec_{i:x24}", AuditEvent.Refusal) with
            {
                Issuer = AccessGateway.Issuer,
                Subject = $"person-{i % 1_000}",
                Organisation = $"organisation-{i % 50}",
                Outcome = "refused",
                Category = i == 5 ? "fraud" : "cyber",
            });
        }

        var mine = _access.Person("person-7");
        await log.CommitAsync(Some.Record("last"), default);
        var issuer = Uri.EscapeDataString(AccessGateway.Issuer);
        using var stop = new CancellationTokenSource();
        var releases = Task.Run(() => ReleaseAsync(stop.Token));

        Assert.Equal(100, await PagesAsync("my decisions, all pages", after => _access.GetAsync($"/v1/access/decisions?limit=30{after}", mine)));
        Assert.True(await PagesAsync("a person", after => Search($"issuer={issuer}&subject=person-9&limit=200{after}")) >= 100);
        Assert.Equal(2_000, await PagesAsync("an organisation, all pages", after => Search($"issuer={issuer}&organisation=organisation-3&limit=200{after}")));
        Assert.Equal(1, await PagesAsync("a decision", after => Search($"decision=dec_{50_000:x24}{after}")));
        Assert.Equal(1, await PagesAsync("the rarest category", after => Search($"category=fraud{after}")));
        Assert.Equal(0, await PagesAsync("what is not there", after => Search($"event=break_glass.opened{after}")));
        var statistics = (await TimedAsync("statistics", () => _access.AdminAsync("/admin/statistics", Auditor))).Expect(200);
        Assert.True(statistics.Body.GetProperty("traffic").EnumerateArray().Sum(static count => count.GetProperty("refused").GetInt32()) >= Records);
        await VerifiedAsync();
        await stop.CancelAsync();
        output.WriteLine($"slowest of {(await releases).Count} releases meanwhile: {(await releases).Max().TotalMilliseconds:0} ms");
    }

    /// <summary>One verification at a time, whose progress shows; another one may follow, and ends with the gateway.</summary>
    private async Task VerifiedAsync()
    {
        var clock = Stopwatch.StartNew();
        (await _access.AdminAsync("/admin/audit/verify", Auditor, new { })).Expect(202);
        (await _access.AdminAsync("/admin/audit/verify", Auditor, new { })).Expect(409);
        var (seen, status) = (new List<long>(), await StatusAsync());
        for (; status.GetProperty("state").GetString() == "running"; status = await StatusAsync())
        {
            seen.Add(status.GetProperty("checked").GetInt64());
            await Task.Delay(20);
        }

        output.WriteLine($"verification: {clock.Elapsed.TotalMilliseconds:0} ms");
        Assert.Equal("intact", status.GetProperty("state").GetString());
        Assert.True(seen.Distinct().Count() > 1 && seen.SequenceEqual(seen.Order()), string.Join(' ', seen));
        (await _access.AdminAsync("/admin/audit/verify", Auditor, new { })).Expect(202);
    }

    private async Task<JsonElement> StatusAsync() => (await _access.AdminAsync("/admin/audit/status", Auditor)).Expect(200).Body.GetProperty("verification");

    private string Auditor => _access.Staff("the-auditor", "auditor");

    private Task<Reply> Search(string query) => _access.AdminAsync($"/admin/audit?{query}", Auditor);

    private async Task<int> PagesAsync(string what, Func<string, Task<Reply>> page)
    {
        var (found, next) = (0, "");
        while (next is not null)
        {
            var reply = (await TimedAsync(what, () => page(next.Length == 0 ? "" : $"&after={next}"))).Expect(200);
            found += reply.Items.Length;
            next = reply.Body.TryGetProperty("next", out var after) ? after.GetString() : null;
        }

        return found;
    }

    private async Task<Reply> TimedAsync(string what, Func<Task<Reply>> ask)
    {
        var clock = Stopwatch.StartNew();
        var reply = await ask();
        output.WriteLine($"{what}: {clock.Elapsed.TotalMilliseconds:0} ms");
        Assert.True(clock.Elapsed < Bound, what);
        return reply;
    }

    private async Task<List<TimeSpan>> ReleaseAsync(CancellationToken stop)
    {
        var times = new List<TimeSpan>();
        while (times.Count == 0 || !stop.IsCancellationRequested)
        {
            var clock = Stopwatch.StartNew();
            Assert.Equal(HttpStatusCode.OK, (await _access.Gateway.SendAsync(TheGateway.Ask("hello"), _access.Gateway.Professional)).Status);
            times.Add(clock.Elapsed);
        }

        return times;
    }
}
