using System.Text;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using PolicyGateway.Audit;

namespace PolicyGateway.Tests.Audit;

/// <summary>A temporary folder with one real audit log in it.</summary>
internal sealed class AuditFolder : IDisposable
{
    public AuditFolder(Action<AuditOptions>? configure = null)
    {
        Path = Directory.CreateTempSubdirectory("audit-").FullName;
        Options = new AuditOptions { BatchMaxDelay = TimeSpan.FromMilliseconds(1) };
        configure?.Invoke(Options);
        Options.ResolvePaths(Path);
    }

    public string Path { get; }

    public AuditOptions Options { get; }

    public Task<SqliteAuditLog> OpenAsync(TimeProvider? time = null, Action<SqliteConnection>? onOpen = null) =>
        SqliteAuditLog.OpenAsync(Options, time ?? TimeProvider.System, NullLogger<SqliteAuditLog>.Instance, onOpen);

    /// <summary>A closed log of so many decisions, <c>d1</c> onwards; record 1 is the key's, so decision n is record n + 1.</summary>
    public async Task FillAsync(int decisions, TimeProvider? time = null)
    {
        await using var log = await OpenAsync(time);
        for (var i = 1; i <= decisions; i++)
        {
            await log.CommitAsync(Some.Record($"d{i}"), default);
        }
    }

    public VerificationReport Verify(params string[] heads) => VerifyAt(Options, heads);

    public static VerificationReport VerifyAt(AuditOptions options, params string[] heads)
    {
        using var key = VerifyingKey.Load(SigningKey.PublicFileOf(options.SigningKeyFile));
        var expected = heads.SelectMany(ExpectedHead.Parse).ToList();
        if (File.Exists(options.HeadsFile))
        {
            expected.AddRange(ExpectedHead.OfFile(options.HeadsFile));
        }

        return AuditVerifier.Verify(options.File, new Dictionary<string, VerifyingKey> { [key.Id] = key }, expected);
    }

    /// <summary>What someone with write access to the database can do: change it past its triggers.</summary>
    public void Tamper(string sql, params object[] values)
    {
        using var connection = new SqliteConnection($"Data Source={Options.File};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = """
            DROP TRIGGER IF EXISTS chain_is_append_only; DROP TRIGGER IF EXISTS chain_is_cut_only_by_retention;
            DROP TRIGGER IF EXISTS personal_is_only_erased; DROP TRIGGER IF EXISTS evidence_is_only_erased;
            """ + sql;
        for (var i = 0; i < values.Length; i++)
        {
            command.Parameters.AddWithValue($"${i}", values[i]);
        }

        command.ExecuteNonQuery();
    }

    public AuditRow[] Show(AuditFilter? filter = null) =>
        [.. AuditReader.Read(Options.File, filter ?? new AuditFilter(null, null, null, null, int.MaxValue))];

    /// <summary>Whether any file of the folder, write-ahead log included, holds these bytes.</summary>
    public bool AnyFileContains(string text)
    {
        var wanted = Encoding.UTF8.GetBytes(text);
        return Directory.EnumerateFiles(Path, "*", SearchOption.AllDirectories)
            .Where(file => !file.EndsWith(".lock", StringComparison.Ordinal))
            .Any(file => Read(file).AsSpan().IndexOf(wanted) >= 0);
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);

    private static byte[] Read(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}

/// <summary>Records with everything in them.</summary>
internal static class Some
{
    public static AuditRecord Record(string decisionId, AuditEvent moment = AuditEvent.ReleaseIntent) => new()
    {
        Event = moment,
        DecisionId = decisionId,
        Time = new DateTimeOffset(2025, 6, 1, 12, 0, 0, TimeSpan.Zero),
        TraceId = "4bf92f3577b34da6a3ce929d0e0e4736",
        Issuer = "https://issuer.example",
        Subject = "alice@example.org",
        Organisation = "Institute of Measurement",
        Tenant = "lab",
        Tier = "professional",
        Credentials = ["security-professional"],
        Dialect = "openai.chat",
        RequestedModel = "demo",
        PolicyVersion = "sha256:0123",
        Mode = "enforce",
        ClassifierModel = "stage1",
        Prompt = new AuditVerdict("dual-use", "stage1", [new AuditFinding("cyber", 0.91f, "flagged")]),
        Action = "hold",
        Reason = "allowed_by_clearance",
        Rule = "categories.cyber.prompt.flagged",
        Category = "cyber",
        Clearance = ["cyber"],
        ReleaseMode = "HoldAll",
        Outcome = "pending",
        Status = 200,
    };
}
