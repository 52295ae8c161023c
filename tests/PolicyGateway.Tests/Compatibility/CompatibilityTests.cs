using PolicyGateway.Tests.Fakes;

namespace PolicyGateway.Tests.Compatibility;

/// <summary>The real SDKs, unmodified but for the base URL, through every scenario: what each one's user sees.</summary>
[Collection(CompatibilityRuns.Name)]
public sealed class CompatibilityTests(CompatibilityRun run)
{
    public static TheoryData<string, string> Cells
    {
        get
        {
            var cells = new TheoryData<string, string>();
            foreach (var scenario in Scenario.All)
            {
                foreach (var client in Client.All)
                {
                    cells.Add(scenario.Name, client.Name);
                }
            }

            return cells;
        }
    }

    [Theory]
    [MemberData(nameof(Cells))]
    public void A_user_sees_what_the_matrix_says(string scenario, string client)
    {
        var cell = Expected.Table.Cells[scenario][client];
        var seen = run.Of(client, scenario);

        Assert.Equal(cell.Sees, seen?.Describe(Scenario.All.Single(one => one.Name == scenario)));
        Assert.True(cell.Sees is null != cell.No is null, "A cell says what is seen, or why nothing is.");
    }

    [Fact]
    public void The_matrix_has_every_client_in_every_scenario_and_no_other()
    {
        var wanted = Scenario.All.SelectMany(static scenario => Client.All.Select(client => (Scenario: scenario.Name, Client: client.Name))).Order();
        var cells = Expected.Table.Cells.SelectMany(static row => row.Value.Keys.Select(client => (Scenario: row.Key, Client: client))).Order();
        var notes = Expected.Table.Cells.Values.SelectMany(static row => row.Values).Select(static cell => cell.Note).OfType<string>().Distinct();

        Assert.Equal(wanted, cells);
        Assert.Equal(Expected.Table.Notes.Keys.Order(), notes.Order());
        Assert.Empty(run.All.Select(static seen => seen.Client).Except(Client.All.Select(static client => client.Name)));
    }

    [Fact]
    public void Nothing_that_was_refused_is_in_anything_that_a_user_sees() =>
        Assert.All(run.All, static seen => Assert.DoesNotContain(KeywordClassifier.Cyber, seen.ToString() + string.Concat(seen.Texts), StringComparison.Ordinal));

    [Fact]
    public void A_refusal_is_never_asked_for_again_nor_taken_for_an_ordinary_end() => Assert.All(
        run.All.Where(static seen => IsRefused(seen.Scenario)),
        static seen =>
        {
            Assert.Equal(1, seen.Requests);
            Assert.True(seen.Error?.Status == 403 || seen.Finish.Single() is { } reason && IsFilter(reason), $"{seen}");
        });

    [Fact]
    public void A_refusal_says_why_and_what_opens_it_except_where_a_note_tells_what_the_sdk_drops() => Assert.All(
        Expected.Table.Cells.Where(static row => IsRefused(row.Key)).SelectMany(static row => row.Value.Values),
        static cell => Assert.True(cell.Note is not null || cell.Sees!.Contains("says why and what opens it", StringComparison.Ordinal)));

    private static bool IsRefused(string scenario) => Scenario.All.Single(one => one.Name == scenario).IsRefused;

    private static bool IsFilter(string reason) => new[] { "content_filter", "content-filter", "ContentFilter", "refusal", "SAFETY" }.Any(reason.Contains);
}

/// <summary>One run for all who look at it.</summary>
[CollectionDefinition(Name)]
public sealed class CompatibilityRuns : ICollectionFixture<CompatibilityRun>
{
    public const string Name = "compatibility";
}
