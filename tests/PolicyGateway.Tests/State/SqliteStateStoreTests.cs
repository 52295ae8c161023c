using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using PolicyGateway.Access;
using PolicyGateway.Access.Joins;
using PolicyGateway.Identity;
using PolicyGateway.State;

namespace PolicyGateway.Tests.State;

public sealed class SqliteStateStoreTests : StateStoreContract, IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("policygateway-state-").FullName;
    private SqliteStateStore _store;

    public SqliteStateStoreTests() => _store = Open();

    internal override IStateStore Store => _store;

    private string File => Path.Combine(_folder, "state.db");

    [Fact]
    public async Task What_was_written_is_there_after_a_restart()
    {
        await WriteAsync(New("a", "1"));
        Reopen();

        Assert.Equal("1", (await FindAsync("a"))!.Json);
    }

    [Fact]
    public async Task A_damaged_file_stops_the_start_and_a_backup_takes_its_place()
    {
        await Task.WhenAll(Enumerable.Range(0, 200).Select(i => WriteAsync(New($"{i:d4}", new string('x', 500))).AsTask()));
        SqliteStateStore.BackUp(new StateOptions { File = File }, Path.Combine(_folder, "backup.db"), Clock);
        _store.Dispose();
        await using (var file = System.IO.File.OpenWrite(File))
        {
            file.Position = 4096 * 5;
            await file.WriteAsync(new byte[4096 * 4]);
        }

        var fault = Assert.Throws<StateUnavailableException>(Open);

        Assert.Contains("State:File", fault.Message, StringComparison.Ordinal);
        Assert.Contains("damaged", fault.Message, StringComparison.Ordinal);
        System.IO.File.Move(Path.Combine(_folder, "backup.db"), File, overwrite: true);
        _store = Open();
        Assert.Equal(200, (await _store.ListAsync(new StateQuery("grant", Limit: 1000), default)).Count);
    }

    [Fact]
    public async Task Grants_that_an_older_gateway_wrote_still_count_and_revoked_ones_do_not()
    {
        var person = new PersonRef("https://issuer.example", "ada");
        var word = new Approval(new PersonRef("https://issuer.example", "bob"), DateTimeOffset.UtcNow, "Seen.");
        Grant GrantOf(string id, Approval? revoked) => new()
        {
            Id = id,
            Person = person,
            Categories = ["cyber"],
            NotBefore = DateTimeOffset.UnixEpoch,
            ExpiresAt = DateTimeOffset.UtcNow.AddDays(1),
            Revoked = revoked,
            Within = revoked is null ? null : "grt_whole",
        };
        var set = GrantBook.SetOf(_store);
        await WriteAsync(set.Add("grt_held", GrantOf("grt_held", null)), set.Add("grt_over", GrantOf("grt_over", word)));
        _store.Dispose();
        Execute("DELETE FROM tag WHERE name <> 'holder'; PRAGMA user_version=1");
        _store = Open();

        var caller = new Caller(person.Issuer, person.Subject, null, null, new Tier(1, "registered"), []);
        var book = new GrantBook(_store, new LiveCallers(), new JoinedIdentities(_store), TimeProvider.System, NullLogger<GrantBook>.Instance);

        Assert.Equal("grt_held", Assert.Single(await book.ForAsync(caller, "m", default)).Id);
        Assert.Equal("grt_over", Assert.Single(await book.WithinAsync("grt_whole", null, 10, default)).Id);
    }

    [Fact]
    public void A_file_of_a_newer_gateway_stops_the_start()
    {
        _store.Dispose();
        Execute("PRAGMA user_version=99");

        Assert.Contains("newer gateway", Assert.Throws<StateUnavailableException>(Open).Message, StringComparison.Ordinal);
        System.IO.File.Delete(File);
        _store = Open();
    }

    [Fact]
    public void A_file_that_is_no_database_stops_the_start()
    {
        _store.Dispose();
        System.IO.File.WriteAllText(File, "this is no database, and long enough to be one that is damaged");

        Assert.Contains("State:File", Assert.Throws<StateUnavailableException>(Open).Message, StringComparison.Ordinal);
        System.IO.File.Delete(File);
        _store = Open();
    }

    [Fact]
    public void Only_its_owner_can_read_it() => Assert.Equal(
        UnixFileMode.UserRead | UnixFileMode.UserWrite, OperatingSystem.IsWindows() ? UnixFileMode.UserRead | UnixFileMode.UserWrite : System.IO.File.GetUnixFileMode(File));

    public void Dispose()
    {
        _store.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private void Reopen()
    {
        _store.Dispose();
        _store = Open();
    }

    private void Execute(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={File};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private SqliteStateStore Open() => SqliteStateStore.Open(new StateOptions { File = File }, Clock);
}
