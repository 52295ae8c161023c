using PolicyGateway.Cli;

namespace PolicyGateway.Demo;

/// <summary>
/// The whole product on one machine: the scripted backend, the development issuer, and the gateway with its embedded store,
/// the shipped model and the shipped policy. For the <c>demo</c> command, and for tests that drive it as a client would.
/// </summary>
internal sealed class DemoGateway : IAsyncDisposable
{
    private static readonly TimeSpan LongestStart = TimeSpan.FromSeconds(60);

    private readonly WebApplication _app;
    private readonly DemoFolder _folder;

    private DemoGateway(WebApplication app, DemoFolder folder, DemoBackend backend, DemoTokens tokens, Uri url, Uri management)
    {
        _app = app;
        _folder = folder;
        Backend = backend;
        Tokens = tokens;
        Url = url;
        Management = management;
        Metrics = new Uri(management, "/metrics");
        Ready = new Uri(management, "/healthz/ready");
    }

    /// <summary>Where clients go, without <c>/v1</c>.</summary>
    public Uri Url { get; }

    public Uri Management { get; }

    public Uri Metrics { get; }

    public Uri Ready { get; }

    public DemoTokens Tokens { get; }

    public DemoBackend Backend { get; }

    public string DataDirectory => _folder.Path;

    /// <summary>Cancelled when the gateway is told to stop, for example by Ctrl-C.</summary>
    public CancellationToken Stopping => _app.Lifetime.ApplicationStopping;

    /// <summary>Starts everything and waits until the gateway says that it is ready.</summary>
    /// <exception cref="CommandFault">The port is busy, the folder cannot be made, or the gateway does not get ready.</exception>
    public static async Task<DemoGateway> StartAsync(DemoSettings settings, TimeProvider time, CancellationToken cancellationToken)
    {
        var url = Loopback(DemoPorts.Resolve(settings.Port));
        var management = Loopback(DemoPorts.Resolve(0));
        var folder = DemoFolder.Open(settings.DataDirectory);
        DemoBackend? backend = null;
        WebApplication? app = null;
        try
        {
            backend = await DemoBackend.StartAsync(settings.Backend, time, cancellationToken);
            var configuration = DemoConfiguration.For(url, management, backend.Url, folder.Path);
            var tokens = DemoHost.AddIssuer(configuration, folder.Path, time);
            foreach (var (key, value) in settings.Overrides)
            {
                configuration[key] = value;
            }

            app = await DemoHost.StartAsync(configuration, folder.Path, url.Port, cancellationToken);
            var gateway = new DemoGateway(app, folder, backend, tokens, url, management);
            await gateway.WaitUntilReadyAsync(time, cancellationToken);
            return gateway;
        }
        catch
        {
            await (backend?.DisposeAsync() ?? default);
            await (app?.DisposeAsync() ?? default);
            folder.Dispose();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        // The backend first: its streams end, so that the gateway has nothing left to wait for.
        await Backend.DisposeAsync();
        await _app.StopAsync();
        await _app.DisposeAsync();
        _folder.Dispose();
    }

    private async Task WaitUntilReadyAsync(TimeProvider time, CancellationToken cancellationToken)
    {
        using var http = new HttpClient();
        var start = time.GetTimestamp();
        while (true)
        {
            using var response = await http.GetAsync(Ready, cancellationToken);
            if (response.IsSuccessStatusCode)
            {
                return;
            }

            if (time.GetElapsedTime(start) > LongestStart)
            {
                throw new CommandFault($"The gateway did not get ready in {LongestStart.TotalSeconds:F0} s: {await response.Content.ReadAsStringAsync(cancellationToken)}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), time, cancellationToken);
        }
    }

    private static Uri Loopback(int port) => new($"http://127.0.0.1:{port}");
}
