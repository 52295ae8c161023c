using Microsoft.Data.Sqlite;
using PolicyGateway.Audit;

namespace PolicyGateway.Tests.Audit;

/// <summary>What people look for is found by an index, also in a log that an older gateway wrote.</summary>
public sealed class AuditLinesTests
{
    private static readonly string[] Indexes = ["personal_by_subject", "personal_by_organisation", "chain_by_target", "chain_by_refusal"];

    [Theory]
    [InlineData("PRAGMA user_version=2;")]
    [InlineData("DROP INDEX chain_by_decision; ALTER TABLE personal DROP COLUMN reason; ALTER TABLE personal DROP COLUMN reason_salt; PRAGMA user_version=1;")]
    public async Task A_log_of_a_version_before_is_brought_up_to_date_and_stays_whole(string backwards)
    {
        using var folder = new AuditFolder();
        await folder.FillAsync(3);
        folder.Tamper(string.Concat(Indexes.Select(static index => $"DROP INDEX {index};")) + backwards);
        Assert.DoesNotContain("personal_by_subject", Indices(folder));

        await folder.FillAsync(1);

        Assert.Equal(3L, Scalar(folder, "PRAGMA user_version"));
        Assert.Empty(Indexes.Except(Indices(folder)));
        Assert.True(folder.Verify().Intact);
        using var database = AuditDatabase.Open(folder.Options.File);
        Assert.Equal(4, database.ReadLines(new AuditPlace(Issuer: "https://issuer.example", Subject: "alice@example.org"), 0, long.MaxValue).Count());
    }

    [Theory]
    [InlineData("SELECT seq FROM personal WHERE subject = CAST(x'00' AS TEXT) AND issuer = 'i' AND seq < 9 ORDER BY seq DESC", "personal_by_subject")]
    [InlineData("SELECT seq FROM personal WHERE issuer IS 'i' AND subject = CAST(x'00' AS TEXT) ORDER BY seq", "personal_by_subject")]
    [InlineData("SELECT seq FROM personal WHERE organisation = CAST(x'00' AS TEXT) AND issuer = 'i' ORDER BY seq DESC", "personal_by_organisation")]
    [InlineData("SELECT seq FROM chain WHERE CASE WHEN json_valid(payload) THEN json_extract(payload, '$.target') END = 'x'", "chain_by_target")]
    [InlineData("SELECT seq FROM chain WHERE CASE WHEN json_valid(payload) THEN json_extract(payload, '$.refusal') END = 'x'", "chain_by_refusal")]
    public async Task An_index_leads_to_what_is_looked_for(string sql, string index)
    {
        using var folder = new AuditFolder();
        await folder.FillAsync(1);

        var plan = string.Join('\n', Rows(folder, "EXPLAIN QUERY PLAN " + sql, 3));

        Assert.Contains("USING", plan, StringComparison.Ordinal);
        Assert.Contains(index, plan, StringComparison.Ordinal);
        Assert.DoesNotContain("TEMP B-TREE", plan, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_first_record_of_a_time_is_found_among_records_that_cannot_be_read()
    {
        using var folder = new AuditFolder();
        await folder.FillAsync(20);
        folder.Tamper("UPDATE chain SET payload = 'broken' WHERE seq = 7");
        using var database = AuditDatabase.Open(folder.Options.File);
        var lines = database.ReadLines(new AuditPlace(), 0, long.MaxValue).Reverse().ToList();

        Assert.Equal(21, lines.Count);
        Assert.False(lines[6].IsReadable);
        Assert.Equal(1, database.FirstAt(DateTimeOffset.MinValue));
        Assert.Equal(22, database.FirstAt(DateTimeOffset.MaxValue));
        Assert.True(lines.Find(line => line.RecordedAt == lines[15].RecordedAt)!.Seq >= database.FirstAt(lines[15].RecordedAt));
    }

    private static List<string> Indices(AuditFolder folder) => Rows(folder, "SELECT name FROM sqlite_master WHERE type = 'index'", 0);

    private static object? Scalar(AuditFolder folder, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={folder.Options.File};Pooling=False");
        connection.Open();
        using var command = new SqliteCommand(sql, connection);
        return command.ExecuteScalar();
    }

    private static List<string> Rows(AuditFolder folder, string sql, int column)
    {
        using var connection = new SqliteConnection($"Data Source={folder.Options.File};Pooling=False");
        connection.Open();
        using var command = new SqliteCommand(sql, connection);
        using var row = command.ExecuteReader();
        var found = new List<string>();
        while (row.Read())
        {
            found.Add(row.GetString(column));
        }

        return found;
    }
}
