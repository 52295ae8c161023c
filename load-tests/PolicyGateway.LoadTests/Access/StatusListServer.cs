namespace PolicyGateway.LoadTests.Access;

/// <summary>An issuer's list of statuses on a loopback port, signed anew whenever it is fetched, and how often it was.</summary>
internal sealed class StatusListServer : IAsyncDisposable
{
    /// <summary>Tokens that the list revokes: the first ones.</summary>
    public const int Revoked = 100_000;

    /// <summary>Tokens that it speaks of.</summary>
    public const int Tokens = 2 * Revoked;

    private readonly WebApplication _app;
    private int _fetches;

    private StatusListServer(WebApplication app, int port) => (_app, Address) = (app, $"http://127.0.0.1:{port}/lists/1");

    public string Address { get; }

    public int Fetches => Volatile.Read(ref _fetches);

    /// <summary>For how long a list may be kept.</summary>
    public static TimeSpan Lifetime => TimeSpan.FromSeconds(5);

    public static async Task<StatusListServer> StartAsync(Signer signer, int port, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls($"http://127.0.0.1:{port}");
        var server = new StatusListServer(builder.Build(), port);
        server._app.Run(context =>
        {
            Interlocked.Increment(ref server._fetches);
            context.Response.ContentType = "application/statuslist+jwt";
            return context.Response.WriteAsync(signer.StatusList(server.Address, Revoked, Tokens, Lifetime), context.RequestAborted);
        });
        await server._app.StartAsync(cancellationToken);
        return server;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
