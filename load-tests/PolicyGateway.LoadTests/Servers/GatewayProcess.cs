using System.Diagnostics;
using System.Text.Json;

namespace PolicyGateway.LoadTests.Servers;

/// <summary>
/// The gateway as an operator would start it: <c>serve</c> with a configuration file, the shipped policy and model, a
/// development issuer, telemetry at its defaults, or what a <see cref="GatewaySetup"/> changes in that. Everything that depends
/// on its command line and settings stands here.
/// </summary>
internal sealed class GatewayProcess : IAsyncDisposable
{
    public const string Credential = "security-professional";

    private GatewayProcess(ServerProcess server, int management, string registered, string professional) =>
        (Server, Management, Registered, Professional) = (server, management, registered, professional);

    public ServerProcess Server { get; }

    /// <summary>The port of metrics and health.</summary>
    public int Management { get; }

    /// <summary>The token of a caller who may ask benign questions.</summary>
    public string Registered { get; }

    /// <summary>The token of a caller whom the gated question is open to.</summary>
    public string Professional { get; }

    public static async Task<GatewayProcess> StartAsync(
        int backend, string folder, CancellationToken cancellationToken, GatewaySetup? setup = null)
    {
        setup ??= GatewaySetup.Shipped;
        folder = Directory.CreateDirectory(Path.Combine(folder, setup.Name)).FullName;
        var data = setup.Data ?? Path.Combine(folder, "data");
        var registered = await TokenAsync(data, ["--tier", "registered"], cancellationToken);
        var professional = await TokenAsync(data, ["--tier", "professional", "--credential", Credential], cancellationToken);
        var (port, management) = (ServerProcess.FreePort(), ServerProcess.FreePort());
        var file = Path.Combine(folder, "gateway.json");
        await File.WriteAllTextAsync(file, Configuration(port, management, backend, data, setup), cancellationToken);

        var start = new ProcessStartInfo("dotnet", [Assembly, "serve", "--config", file, "--environment", "Development"]) { WorkingDirectory = folder };
        var server = await ServerProcess.StartAsync("gateway", port, new Uri($"http://127.0.0.1:{management}/healthz/ready"), start, cancellationToken);
        return new GatewayProcess(server, management, registered, professional);
    }

    /// <summary>Makes sure that the two figures are of what they say: a benign exchange, and one that is gated and open.</summary>
    public async Task CheckAsync(CancellationToken cancellationToken)
    {
        await ExpectAsync(Texts.BenignPrompt, Registered, 200, "A benign question of a registered caller", cancellationToken);
        await ExpectAsync(Texts.DualUsePrompt, Registered, 403, "The dual-use question of a registered caller", cancellationToken);
        await ExpectAsync(Texts.DualUsePrompt, Professional, 200, "The dual-use question of a professional", cancellationToken);
    }

    public ValueTask DisposeAsync() => Server.DisposeAsync();

    private async Task ExpectAsync(string prompt, string token, int status, string who, CancellationToken cancellationToken)
    {
        using var connection = await Load.HttpConnection.OpenAsync(Server.Port, cancellationToken);
        var target = Load.LoadTarget.Chat("check", Server.Port, prompt, isStream: false, token);
        var response = await connection.SendAsync(target.Request, cancellationToken);
        if (response.Status != status)
        {
            throw new LoadTestFault($"{who} was answered {response.Status}, not {status}: the figures would not be of what they say.");
        }
    }

    private static string Assembly => Path.Combine(AppContext.BaseDirectory, "PolicyGateway.dll");

    private static string Configuration(int port, int management, int backend, string data, GatewaySetup setup) => JsonSerializer.Serialize(new
    {
        Gateway = new
        {
            PublicUrl = $"http://127.0.0.1:{port}",
            ListenUrl = $"http://127.0.0.1:{port}",
            ManagementUrl = $"http://127.0.0.1:{management}",
            DataDirectory = data,
            setup.MaxConcurrentRequests,
        },
        Policy = new { File = setup.Policy },

        // The same text comes again and again: each time it is to be judged, and not to be remembered.
        Classifier = new { Bundle = Repository.Find("models/ngram-1"), CachedScores = 0 },
        Identity = IdentityOf(data, setup.StatusList),
        Backends = new
        {
            Clusters = new { load = new { Destinations = new[] { $"http://127.0.0.1:{backend}" } } },
            Models = StreamScript.All.Select(static script => script.Model).Append(Load.LoadTarget.Model)
                .ToDictionary(static model => model, static _ => new { Cluster = "load" }),
        },
        Logging = new { LogLevel = new { Default = "Warning" } },
    });

    /// <summary>The settings of whose tokens count, as JSON.</summary>
    public static byte[] Settings(string data, string? statusList) => JsonSerializer.SerializeToUtf8Bytes(new { Identity = IdentityOf(data, statusList) });

    private static object IdentityOf(string data, string? statusList) => new { Issuers = new[] { Issuer(data, statusList) } };

    private static object Issuer(string data, string? statusList) => new
    {
        Name = "development",
        Issuer = "https://development.policygateway.invalid",
        Development = true,
        JwksFile = Path.Combine(data, "development-issuer.json"),
        Audiences = new[] { "policygateway" },
        Algorithms = new[] { "ES256" },
        RequiredTokenType = "at+jwt",
        TierClaim = "tier",
        MaxTier = "professional",
        CredentialsClaim = "credentials",
        AllowedCredentials = new[] { Credential },
        RolesClaim = "roles",
        Roles = new { Auditor = new[] { "auditor" }, Operator = new[] { "operator" } },
        StatusListUris = statusList is null ? [] : new[] { statusList },
    };

    private static async Task<string> TokenAsync(string data, string[] who, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo("dotnet", [Assembly, "token", "--data", data, "--lifetime", "8h", .. who])
        {
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        using var process = Process.Start(start)!;
        var token = await process.StandardOutput.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        return process.ExitCode == 0 ? token.Trim() : throw new LoadTestFault("The gateway's token command failed.");
    }
}

/// <summary>What differs from a gateway as it is shipped.</summary>
/// <param name="Name">Of its folder.</param>
/// <param name="Policy">The policy's file.</param>
/// <param name="MaxConcurrentRequests">Most requests at once.</param>
internal sealed record GatewaySetup(string Name, string Policy, int MaxConcurrentRequests = 1024)
{
    public static GatewaySetup Shipped => new("shipped", ShippedPolicy.File);

    /// <summary>Its data folder, where that was filled before; else a new one.</summary>
    public string? Data { get; init; }

    /// <summary>Where its issuer says which tokens are revoked; null where it does not.</summary>
    public string? StatusList { get; init; }
}
