namespace PolicyGateway.LoadTests.Servers;

/// <summary>What a run has started, and its folder: stopped in the opposite order and removed at its end.</summary>
internal sealed class StartedServers : IAsyncDisposable
{
    private readonly Stack<IAsyncDisposable> _servers = new();

    public string Folder { get; } = Directory.CreateTempSubdirectory("policygateway-load-").FullName;

    public T Add<T>(T server)
        where T : IAsyncDisposable
    {
        _servers.Push(server);
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        while (_servers.TryPop(out var server))
        {
            await server.DisposeAsync();
        }

        Directory.Delete(Folder, recursive: true);
    }
}
