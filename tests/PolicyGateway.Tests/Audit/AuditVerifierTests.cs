using PolicyGateway.Audit;
using Xunit.Abstractions;

namespace PolicyGateway.Tests.Audit;

/// <summary>Whoever changes the database is found out, and the record is named.</summary>
public sealed class AuditVerifierTests(ITestOutputHelper output)
{
    private const int Decisions = 8;

    [Fact]
    public async Task Any_flipped_bit_in_any_row_is_found_and_its_record_named()
    {
        var seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        using var folder = await SealedLogAsync();
        var untouched = await File.ReadAllBytesAsync(folder.Options.File);
        (string Table, string Column, bool IsText)[] columns =
        [
            ("chain", "payload", true), ("chain", "prev", false), ("chain", "hash", false),
            ("personal", "issuer", true), ("personal", "subject", true), ("personal", "subject_salt", false),
            ("personal", "organisation", true), ("personal", "organisation_salt", false),
            ("evidence", "sealed", false),
            ("heads", "hash", false), ("heads", "signature", false),
        ];

        for (var round = 0; round < 120; round++)
        {
            await File.WriteAllBytesAsync(folder.Options.File, untouched);
            var (table, column, isText) = columns[round % columns.Length];
            var seqs = Query(folder, $"SELECT seq FROM {table}").Select(row => (long)row[0]).ToArray();
            var seq = seqs[random.Next(seqs.Length)];
            var bytes = (byte[])Query(folder, $"SELECT CAST({column} AS BLOB) FROM {table} WHERE seq = {seq}")[0][0];
            var at = random.Next(bytes.Length);
            bytes[at] ^= (byte)(1 << random.Next(8));
            folder.Tamper($"UPDATE {table} SET {column} = {(isText ? "CAST($0 AS TEXT)" : "$0")} WHERE seq = {seq}", bytes);

            var faults = folder.Verify().Faults;

            Assert.True(faults.Any(fault => fault.Seq == seq), $"seed {seed}, round {round}: byte {at} of {table}.{column} in record {seq}; found: {string.Join(" | ", faults)}");
        }
    }

    [Fact]
    public async Task Any_record_that_is_dropped_swapped_or_cut_off_is_named()
    {
        var seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        using var folder = await SealedLogAsync();
        var untouched = await File.ReadAllBytesAsync(folder.Options.File);
        var last = Decisions + 1;

        for (var round = 0; round < 60; round++)
        {
            await File.WriteAllBytesAsync(folder.Options.File, untouched);
            var seq = random.Next(1, last + 1);
            var other = 1 + (seq % last);
            var (what, sql, named) = (round % 6) switch
            {
                0 => ("drop", $"DELETE FROM chain WHERE seq = {seq}", seq),
                1 => ("drop with its fields", $"DELETE FROM chain WHERE seq = {seq}; DELETE FROM personal WHERE seq = {seq}; DELETE FROM evidence WHERE seq = {seq}", seq),
                2 => ("cut off with everything that tells", $"DELETE FROM chain WHERE seq >= {seq}; DELETE FROM personal WHERE seq >= {seq}; DELETE FROM evidence WHERE seq >= {seq}; DELETE FROM heads WHERE seq >= {seq}", seq),
                3 => ("swap rows", $"UPDATE chain SET seq = -seq WHERE seq IN ({seq}, {other}); UPDATE chain SET seq = {seq} WHERE seq = -{other}; UPDATE chain SET seq = {other} WHERE seq = -{seq}", seq),
                4 => ("swap contents", $"UPDATE chain SET payload = (SELECT c.payload FROM chain c WHERE c.seq = {other}) WHERE seq = {seq}", seq),
                _ => ("drop the beginning", $"DELETE FROM chain WHERE seq <= {seq}; DELETE FROM personal WHERE seq <= {seq}; DELETE FROM evidence WHERE seq <= {seq}", 1),
            };
            folder.Tamper(sql);

            var faults = folder.Verify().Faults;

            Assert.True(faults.Any(fault => fault.Seq == named), $"seed {seed}, round {round}: {what} {seq}; found: {string.Join(" | ", faults)}");
        }
    }

    [Fact]
    public async Task A_flipped_byte_names_the_decision()
    {
        using var folder = new AuditFolder();
        await folder.FillAsync(3);
        folder.Tamper("UPDATE chain SET payload = replace(payload, '\"professional\"', '\"professionaL\"') WHERE seq = 3");

        var fault = Assert.Single(folder.Verify().Faults);

        Assert.Equal((AuditFaultKind.Altered, 3L, "d2"), (fault.Kind, fault.Seq, fault.DecisionId));
    }

    [Fact]
    public async Task A_record_whose_text_is_none_any_more_is_named_and_those_behind_it_are_checked()
    {
        using var folder = new AuditFolder();
        await folder.FillAsync(4);
        var bytes = (byte[])Query(folder, "SELECT CAST(payload AS BLOB) FROM chain WHERE seq = 2")[0][0];
        bytes[bytes.AsSpan().IndexOf("\"decision\":\""u8) + 12] ^= 0x80;
        folder.Tamper("UPDATE chain SET payload = CAST($0 AS TEXT) WHERE seq = 2", bytes);
        folder.Tamper("UPDATE chain SET payload = replace(payload, '\"professional\"', '\"professionaL\"') WHERE seq = 4");

        var report = folder.Verify();

        Assert.Equal([(AuditFaultKind.Altered, 2L), (AuditFaultKind.Altered, 4L)], report.Faults.Select(static fault => (fault.Kind, fault.Seq!.Value)));
        Assert.Equal(5, report.Records);
    }

    [Fact]
    public async Task A_chain_rewritten_with_fresh_hashes_fails_at_the_signed_head()
    {
        using var folder = new AuditFolder();
        await folder.FillAsync(3);
        Rewrite(folder, from: 2);

        var faults = folder.Verify().Faults;

        Assert.NotEmpty(faults);
        Assert.All(faults, fault => Assert.Equal(AuditFaultKind.Rewritten, fault.Kind));
        Assert.Contains(faults, fault => fault.DecisionId == "d3");
    }

    [Fact]
    public async Task One_record_replaced_with_a_fitting_hash_breaks_the_link_to_the_next()
    {
        using var folder = new AuditFolder();
        await folder.FillAsync(3);
        Rewrite(folder, from: 2, through: 2);

        var fault = Assert.Single(folder.Verify().Faults);

        Assert.Equal((AuditFaultKind.Altered, 3L), (fault.Kind, fault.Seq));
        Assert.Contains("does not follow record 2", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_signature_over_another_head_is_not_believed()
    {
        using var folder = new AuditFolder();
        await folder.FillAsync(3);
        folder.Tamper("UPDATE heads SET time_ms = time_ms + 1 WHERE kind = 'checkpoint'");

        Assert.Equal(AuditFaultKind.Head, Assert.Single(folder.Verify().Faults).Kind);
    }

    [Fact]
    public async Task Records_appended_without_the_key_are_found()
    {
        using var folder = new AuditFolder();
        await folder.FillAsync(2);
        var head = folder.Show()[^1];
        var payload = System.Text.Encoding.UTF8.GetBytes("""{"v":1,"kind":"decision","decision":"forged"}""");
        var previous = Convert.FromHexString(head.Hash);
        folder.Tamper("INSERT INTO chain VALUES ($0, CAST($1 AS TEXT), $2, $3)", 4, payload, previous, ChainHash.Of(previous, 4, payload));

        var fault = Assert.Single(folder.Verify().Faults);

        Assert.Equal((AuditFaultKind.Rewritten, 4L), (fault.Kind, fault.Seq));
    }

    [Fact]
    public async Task A_head_signed_by_a_stranger_is_not_believed()
    {
        using var folder = new AuditFolder();
        using var other = new AuditFolder();
        await folder.FillAsync(2);
        await other.FillAsync(2);
        var forged = HeadsFile.Read(other.Options.HeadsFile)[0].Head! with { LogId = HeadsFile.Read(folder.Options.HeadsFile)[0].Head!.LogId };
        new HeadsFile(folder.Options.HeadsFile).Append(forged.ToLine());
        Assert.Equal(AuditFaultKind.Key, Assert.Single(folder.Verify().Faults).Kind);

        var own = HeadsFile.Read(folder.Options.HeadsFile)[0].Head!;
        await File.WriteAllTextAsync(folder.Options.HeadsFile, (forged with { KeyId = own.KeyId }).ToLine() + "\n");

        Assert.Equal(AuditFaultKind.Head, Assert.Single(folder.Verify().Faults).Kind);
    }

    [Fact]
    public async Task A_head_of_another_log_or_a_line_of_garbage_is_named()
    {
        using var folder = new AuditFolder();
        using var other = new AuditFolder();
        await folder.FillAsync(1);
        await other.FillAsync(1);
        await File.AppendAllTextAsync(folder.Options.HeadsFile, "garbage\n");

        var faults = folder.Verify(other.Options.HeadsFile).Faults;

        Assert.Contains(faults, fault => fault.Message.Contains("another log", StringComparison.Ordinal));
        Assert.Contains(faults, fault => fault.Message.Contains("line 2 is not a head", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_log_set_back_to_an_earlier_state_is_found_by_an_exported_head()
    {
        using var folder = new AuditFolder();
        await folder.FillAsync(2);
        var (database, heads) = (await File.ReadAllBytesAsync(folder.Options.File), await File.ReadAllBytesAsync(folder.Options.HeadsFile));
        await folder.FillAsync(2);
        var last = folder.Verify();
        var exported = Path.Combine(folder.Path, "exported.jsonl");
        File.Copy(folder.Options.HeadsFile, exported);
        await File.WriteAllBytesAsync(folder.Options.File, database);
        await File.WriteAllBytesAsync(folder.Options.HeadsFile, heads);

        Assert.Empty(folder.Verify().Faults);
        Assert.Equal((AuditFaultKind.CutOff, 4L), KindAndSeq(folder.Verify(exported)));
        Assert.Equal((AuditFaultKind.CutOff, 4L), KindAndSeq(folder.Verify($"{last.LastSeq}:{last.LastHash}")));

        static (AuditFaultKind, long?) KindAndSeq(VerificationReport report) => (Assert.Single(report.Faults).Kind, report.Faults[0].Seq);
    }

    [Fact]
    public async Task A_head_with_another_hash_is_named()
    {
        using var folder = new AuditFolder();
        await folder.FillAsync(2);

        var fault = Assert.Single(folder.Verify($"2:{new string('a', 64)}").Faults);

        Assert.Equal((AuditFaultKind.Rewritten, 2L, "d1"), (fault.Kind, fault.Seq, fault.DecisionId));
    }

    [Theory]
    [InlineData("nothing-of-this-name")]
    [InlineData("5:abc")]
    [InlineData("x:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    [InlineData("5:zaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    public void Anything_else_is_no_head(string argument) => Assert.Throws<FormatException>(() => ExpectedHead.Parse(argument).ToList());

    [Fact]
    public async Task A_file_that_is_no_database_is_a_fault_and_no_crash()
    {
        using var folder = new AuditFolder();
        await folder.FillAsync(1);
        await File.WriteAllTextAsync(folder.Options.File, new string('x', 5000));

        Assert.Equal(AuditFaultKind.Unreadable, Assert.Single(folder.Verify().Faults).Kind);
    }

    private static async Task<AuditFolder> SealedLogAsync()
    {
        var folder = new AuditFolder(options =>
        {
            options.CheckpointEvery = 3;
            options.SealedEvidence = new SealedEvidenceOptions { Categories = { "cyber" }, KeyFile = "evidence.key" };
        });
        await File.WriteAllTextAsync(folder.Options.SealedEvidence.KeyFile!, Convert.ToBase64String(new byte[32]));
        await using var log = await folder.OpenAsync();
        for (var i = 1; i <= Decisions; i++)
        {
            await log.CommitAsync(Some.Record($"d{i}") with { Evidence = $"text {i}" }, default);
        }

        return folder;
    }

    // What an attacker without the key can do best: change a record and compute every hash after it anew.
    private static void Rewrite(AuditFolder folder, long from, long through = long.MaxValue)
    {
        List<StoredRecord> records;
        using (var database = AuditDatabase.Open(folder.Options.File))
        {
            records = [.. database.ReadRecords(from)];
        }

        var previous = records[0].Previous;
        foreach (var record in records.Where(record => record.Seq <= through))
        {
            var payload = System.Text.Encoding.UTF8.GetBytes(
                System.Text.Encoding.UTF8.GetString(record.Payload).Replace("\"pending\"", "\"refused\"", StringComparison.Ordinal));
            var hash = ChainHash.Of(previous, record.Seq, payload);
            folder.Tamper("UPDATE chain SET payload = CAST($0 AS TEXT), prev = $1, hash = $2 WHERE seq = $3", payload, previous, hash, record.Seq);
            previous = hash;
        }
    }

    private static List<object[]> Query(AuditFolder folder, string sql)
    {
        using var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={folder.Options.File};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var row = command.ExecuteReader();
        var rows = new List<object[]>();
        while (row.Read())
        {
            var values = new object[row.FieldCount];
            row.GetValues(values);
            rows.Add(values);
        }

        return rows;
    }
}
