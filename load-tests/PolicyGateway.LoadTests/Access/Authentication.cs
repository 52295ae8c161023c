using System.Diagnostics;
using PolicyGateway.Access;
using PolicyGateway.Audit;
using PolicyGateway.Identity;
using PolicyGateway.LoadTests.Load;
using PolicyGateway.LoadTests.Servers;
using PolicyGateway.Revocation;
using PolicyGateway.State;

namespace PolicyGateway.LoadTests.Access;

/// <summary>
/// What all that is asked of a caller costs a request above finding his token among those that were verified: the form of his
/// credential, what his token is bound to, its status, revocations, his grants. In this process and on one thread, so that its time is CPU.
/// </summary>
internal static class Authentication
{
    private const int Batches = 101;
    private const int PerBatch = 2_000;

    public static async Task<AuthenticationCost> MeasureAsync(string data, Signer signer, StatusListServer list, CancellationToken cancellationToken)
    {
        await using var services = Services(data, list.Address);
        var (callers, tokens, grants) = (services.GetRequiredService<CallerReader>(), services.GetRequiredService<GatewayTokenHandler>(), services.GetRequiredService<GrantBook>());
        var token = signer.Token(GrantLookups.SubjectOf(0), Status.Claim(list.Address, StatusListServer.Revoked));
        var underWay = services.GetRequiredService<LiveCallers>();
        var context = new DefaultHttpContext { RequestServices = services };
        context.Request.Headers.Authorization = "Bearer " + token;

        async Task CheckAsync()
        {
            var caller = (await callers.ReadAsync(context, "Authorization", ApiScope.Inference)).Caller ?? throw new LoadTestFault("A good token was refused.");
            using var live = underWay.Open(caller);
            if ((await grants.AttachAsync(live, "load", cancellationToken)).Grants.IsEmpty)
            {
                throw new LoadTestFault("A person has no grant: the figures would not be of what they say.");
            }
        }

        async Task FindAsync() => _ = await tokens.FindKnownAsync(token) ?? throw new LoadTestFault("A token that was verified is not remembered.");

        await CheckAsync();
        List<double> plain = [], whole = [];
        for (var batch = 0; batch < 2 * Batches; batch++)
        {
            var (one, other) = (await TimeAsync(FindAsync), await TimeAsync(CheckAsync));
            if (batch >= Batches)
            {
                plain.Add(one);
                whole.Add(other);
            }
        }

        return new AuthenticationCost(Series.MedianOf(plain), Series.MedianOf(whole), Batches, PerBatch);
    }

    private static async Task<double> TimeAsync(Func<Task> doAsync)
    {
        var began = Stopwatch.GetTimestamp();
        for (var i = 0; i < PerBatch; i++)
        {
            await doAsync();
        }

        return Stopwatch.GetElapsedTime(began).TotalMicroseconds / PerBatch;
    }

    /// <summary>The gateway's own services, on the folder of the gateway that is measured.</summary>
    private static ServiceProvider Services(string data, string statusList)
    {
        var settings = new ConfigurationBuilder()
            .AddJsonStream(new MemoryStream(GatewayProcess.Settings(data, statusList)))
            .AddInMemoryCollection([new("Gateway:DataDirectory", data), new("Audit:File", "audit/unused.db"), new("Audit:HeadsFile", "audit/unused.jsonl"), new("Audit:SigningKeyFile", "keys/unused.pem")])
            .Build();
        var services = new ServiceCollection();
        services.AddLogging(static logging => logging.SetMinimumLevel(LogLevel.None));
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton<IHostEnvironment>(new Development());
        services.AddSingleton<IConfiguration>(settings);
        services.Configure<Hosting.GatewayOptions>(settings.GetSection("Gateway"));
        services.AddIdentity(settings);
        services.AddState(settings);
        services.AddRevocation(settings);
        services.AddAccess(settings);
        services.AddAudit(settings);
        return services.BuildServiceProvider();
    }

    private sealed class Development : IHostEnvironment
    {
        public string EnvironmentName { get; set; } = Environments.Development;

        public string ApplicationName { get; set; } = "PolicyGateway";

        public string ContentRootPath { get; set; } = AppContext.BaseDirectory;

        public Microsoft.Extensions.FileProviders.IFileProvider ContentRootFileProvider { get; set; } = new Microsoft.Extensions.FileProviders.NullFileProvider();
    }
}
