using Microsoft.Data.Sqlite;

namespace PolicyGateway.Tests.Audit;

/// <summary>Sets what the log's connection can do, now and after it was opened again.</summary>
internal sealed class Disk
{
    private SqliteConnection? _live;
    private string _setting = "";

    public void Attach(SqliteConnection connection)
    {
        _live = connection;
        Run();
    }

    /// <summary>Only while nothing is queued: the connection is the writer's.</summary>
    public void Set(string setting)
    {
        _setting = setting;
        if (_live?.State == System.Data.ConnectionState.Open)
        {
            Run();
        }
    }

    private void Run()
    {
        using var command = _live!.CreateCommand();
        command.CommandText = _setting;
        if (_setting.Length > 0)
        {
            command.ExecuteNonQuery();
        }
    }
}
