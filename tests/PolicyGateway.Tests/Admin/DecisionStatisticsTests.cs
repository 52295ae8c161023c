using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using PolicyGateway.Admin.Reads;
using PolicyGateway.Audit;
using PolicyGateway.Tests.Access;
using PolicyGateway.Tests.Audit;
using PolicyGateway.Tests.Fakes;
using PolicyGateway.Tests.Inference;

namespace PolicyGateway.Tests.Admin;

/// <summary>Figures of what was decided, and of whom mistakes meet.</summary>
public sealed class DecisionStatisticsTests : IAsyncLifetime
{
    private readonly AccessGateway _access = new();

    public Task InitializeAsync() => _access.InitializeAsync();

    public Task DisposeAsync() => _access.DisposeAsync();

    [Fact]
    public async Task Requests_are_counted_by_bucket_category_and_end()
    {
        await _access.ReleasedAsync(_access.Person("ann"));
        await _access.RefusedAsync(_access.Person("ann"));
        await _access.RefusedAsync(_access.Person("bob"));
        _access.Gateway.Backend.Answer = static context => ScriptedBackend.WriteJsonAsync(context, ScriptedBackend.Completion(KeywordClassifier.Cyber));
        await _access.RecordedAsync((await _access.Gateway.SendAsync(TheGateway.Ask("hello"), _access.Gateway.Professional)).Headers["x-request-id"], 2);
        await Log.CommitAsync(Some.Record("lost", AuditEvent.Outcome) with { Category = null, Outcome = "aborted", Prompt = new AuditVerdict("benign", "stage1", [], "Overloaded") }, default);

        var statistics = await StatisticsAsync("bucket=hour");

        var (cyber, none) = (Only(statistics, "cyber"), Only(statistics, null));
        Assert.Equal((1, 1, 2, 0), (Number(cyber, "released"), Number(cyber, "gated"), Number(cyber, "refused"), Number(cyber, "aborted")));
        Assert.Equal((1, 0, 1, 1), (Number(none, "released"), Number(none, "gated"), Number(none, "aborted"), Number(none, "unknown")));
        Assert.Equal((0, 0), (cyber.GetProperty("at").GetDateTimeOffset().Minute, cyber.GetProperty("at").GetDateTimeOffset().Second));
        Assert.Equal(0, Only(await StatisticsAsync("bucket=day"), "cyber").GetProperty("at").GetDateTimeOffset().Hour);
        Assert.Empty((await StatisticsAsync("from=2020-01-01&to=2020-01-02")).GetProperty("traffic").EnumerateArray());
    }

    [Fact]
    public async Task Mistakes_are_shares_of_refusals_by_tier_and_category_with_their_intervals()
    {
        var ann = _access.Person("ann");
        await AppealAsync(ann, "mistake");
        await AppealAsync(ann, "upheld");
        await AppealAsync(ann, null);
        await _access.RefusedAsync(ann);

        var holds = (await StatisticsAsync("")).GetProperty("false_holds");

        var tier = holds.GetProperty("by_tier")[0];
        Assert.Equal(("registered", 4, 3, 1), (tier.GetProperty("name").GetString(), Number(tier, "refusals"), Number(tier, "appeals"), Number(tier, "mistakes")));
        Assert.Equal("cyber", holds.GetProperty("by_category")[0].GetProperty("name").GetString());
        var (share, decided) = (tier.GetProperty("share_of_refusals"), tier.GetProperty("share_of_decided"));
        Assert.Equal((0.25, 0.5), (share.GetProperty("value").GetDouble(), decided.GetProperty("value").GetDouble()));

        // Wilson's interval of 1 in 4.
        Assert.Equal(0.0456, share.GetProperty("low").GetDouble(), 3);
        Assert.Equal(0.6994, share.GetProperty("high").GetDouble(), 3);
    }

    [Fact]
    public async Task An_organisation_is_shown_from_twenty_refusals_on()
    {
        for (var i = 0; i < 20; i++)
        {
            await Log.CommitAsync(Refusal($"big{i}", "Big"), default);
            await Log.CommitAsync(Refusal($"small{i}", i == 0 ? "Big" : "Small"), default);
        }

        await Log.CommitAsync(Refusal("login", "Small") with { Category = null }, default);
        var holds = (await StatisticsAsync("")).GetProperty("false_holds");

        var shown = Assert.Single(holds.GetProperty("by_organisation").EnumerateArray());
        Assert.Equal(("Big", "https://issuer.example", 21), (shown.GetProperty("name").GetString(), shown.GetProperty("issuer").GetString(), Number(shown, "refusals")));
        Assert.Equal(1, Number(holds, "organisations_left_out"));
        Assert.DoesNotContain("Small", holds.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Hours_that_are_over_are_read_once_and_counted_as_if_they_were_read_again()
    {
        var clock = new FakeTimeProvider(new DateTimeOffset(2031, 5, 1, 0, 10, 0, TimeSpan.Zero));
        using var folder = new AuditFolder();
        var random = new Random(7);
        await using (var log = await folder.OpenAsync(clock))
        {
            for (var i = 0; i < 300; i++)
            {
                await log.CommitAsync(Refusal($"d{i}", $"org{i % 3}") with { Category = i % 5 == 0 ? "cyber" : "fraud" }, default);
                clock.Advance(TimeSpan.FromMinutes(random.Next(1, 20)));
            }
        }

        var hours = new CountedHours();
        var (from, to) = (new DateTimeOffset(2031, 5, 1, 0, 0, 0, TimeSpan.Zero), clock.GetUtcNow());
        for (var round = 0; round < 50; round++)
        {
            // Parts of the time in any order: each as a fresh count has it, to the last field.
            var start = round == 49 ? from : from + ((to - from) * random.NextDouble());
            var end = round == 49 ? to : start + ((to - start) * random.NextDouble());
            Assert.Equal(Counts(new CountedHours(), start, end), Counts(hours, start, end));
        }

        Assert.Contains("\"Refusals\":60", Counts(hours, from, to), StringComparison.Ordinal);

        // What was erased, or removed, is not remembered.
        folder.Tamper("UPDATE personal SET organisation = 'Elsewhere' WHERE organisation = 'org1'");
        Assert.Contains("org1", Counts(hours, from, to), StringComparison.Ordinal);
        hours.Forget();
        Assert.DoesNotContain("org1", Counts(hours, from, to), StringComparison.Ordinal);
        folder.Tamper("DELETE FROM chain WHERE seq < 100");
        Assert.Equal(Counts(new CountedHours(), from, to), Counts(hours, from, to));

        string Counts(CountedHours counted, DateTimeOffset start, DateTimeOffset end)
        {
            using var database = AuditDatabase.Open(folder.Options.File);
            var tallies = counted.Count(database, start, end, default)!;
            var holds = new FalseHoldTally();
            tallies.ToList().ForEach(tally => holds.Add(tally.Holds));
            return JsonSerializer.Serialize(new { Traffic = TrafficTally.Sum(tallies.Select(static tally => tally.Traffic), Bucket.Hour), Holds = holds.ToView() });
        }
    }

    [Theory]
    [InlineData("bucket=minute", 400)]
    [InlineData("bucket=1", 400)]
    [InlineData("form=2031-01-01", 400)]
    [InlineData("from=2031-01-01&from=2031-01-01", 400)]
    [InlineData("from=never", 400)]
    [InlineData("to=9999-12-31", 200)]
    [InlineData("from=0001-01-01&to=0001-01-02", 200)]
    [InlineData("to=0001-01-01", 400)]
    [InlineData("from=2031-01-02&to=2031-01-01", 400)]
    [InlineData("from=0001-01-01&to=9999-12-31", 400)]
    [InlineData("from=2031-01-01&to=2032-01-01&bucket=hour", 400)]
    public async Task A_time_that_cannot_be_counted_is_refused(string query, int status) =>
        (await _access.AdminAsync($"/admin/statistics?{query}", _access.Staff("auditor", "auditor"))).Expect(status);

    private SqliteAuditLog Log => _access.Gateway.Services.GetRequiredService<SqliteAuditLog>();

    private static AuditRecord Refusal(string id, string organisation) => Some.Record(id, AuditEvent.Refusal) with { Organisation = organisation, Outcome = "refused", Action = "refuse" };

    private static int Number(JsonElement count, string name) => count.GetProperty(name).GetInt32();

    private static JsonElement Only(JsonElement statistics, string? category) => Assert.Single(
        statistics.GetProperty("traffic").EnumerateArray(), count => (count.TryGetProperty("category", out var named) ? named.GetString() : null) == category);

    private async Task<JsonElement> StatisticsAsync(string query) => (await _access.AdminAsync($"/admin/statistics?{query}", _access.Staff("auditor", "auditor"))).Expect(200).Body;

    private async Task AppealAsync(string person, string? outcome)
    {
        var appeal = (await _access.PostAsync("/v1/access/appeals", person, new { decision_id = await _access.RefusedAsync(person), statement = "It was harmless." })).Expect(201).Text("id");
        if (outcome is not null)
        {
            (await _access.AdminAsync($"/admin/appeals/{appeal}/decide", _access.Staff("approver", "approver"), new { status = outcome, reason = "Looked at." })).Expect(200);
        }
    }
}
