using PolicyGateway.Demo;

namespace PolicyGateway.Tests.Clients;

/// <summary>One demo gateway for all client tests, on a free port, with a backend that does not pause.</summary>
public sealed class DemoFixture : IAsyncLifetime
{
    internal DemoGateway Gateway { get; private set; } = null!;

    internal DemoScript Script => Gateway.Backend.Script;

    internal string BaseUrl => new Uri(Gateway.Url, "/v1").ToString();

    public async Task InitializeAsync() => Gateway = await DemoGateway.StartAsync(
        new DemoSettings
        {
            Port = 0,
            Backend = new DemoBackendOptions { Pause = TimeSpan.Zero },

            // A processor without VNNI, shared with all the other tests, reads long texts slowly.
            Overrides = new Dictionary<string, string?> { ["Classifier:Deadline"] = "00:01:00" },
        },
        TimeProvider.System,
        CancellationToken.None);

    public async Task DisposeAsync()
    {
        if (Gateway is not null)
        {
            await Gateway.DisposeAsync();
        }
    }
}

[CollectionDefinition(Name)]
public sealed class DemoClients : ICollectionFixture<DemoFixture>
{
    public const string Name = "demo clients";
}
