using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using PolicyGateway.Audit;
using PolicyGateway.Bundles;
using PolicyGateway.Classification;
using PolicyGateway.Demo;
using PolicyGateway.Hosting;
using PolicyGateway.Identity;
using PolicyGateway.Tests.Fakes;
using PolicyGateway.Tests.Hosting;

namespace PolicyGateway.Tests.Inference;

/// <summary>A gateway on a real port in front of a scripted backend, with real tokens.</summary>
public sealed class TheGateway : IAsyncLifetime
{
    private const string Policy = """
        {
          "name": "test",
          "anonymous": "allow",
          "tenants": { "pilot": { "mode": "shadow" }, "lab": { "mode": "off" } },
          "severity": [ { "severity": "prohibited", "category": "cyber", "head": "prohibited", "at_least": 0.7 } ],
          "categories": {
            "cyber": {
              "requires": { "tier": "verified", "any_of": ["security-professional"] },
              "prompt": { "uncertain": "hold", "flagged": "refuse" },
              "completion": { "uncertain": "log", "flagged": "refuse" }
            },
            "other": { "head": "flagged", "fallback": true, "requires": { "tier": "professional", "any_of": [] } }
          }
        }
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("policygateway-test-").FullName;
    private WebApplication? _app;
    private DevelopmentIssuer? _issuer;

    internal Dictionary<string, string?> Settings { get; } = [];

    internal string PolicyText { get; set; } = Policy;

    internal bool UsesRealAudit { get; set; }

    /// <summary>The classifier that the settings name, and not the one that knows markers.</summary>
    internal bool UsesRealClassifier { get; set; }

    /// <summary>A configuration file below the settings.</summary>
    internal string? ConfigFile { get; set; }

    /// <summary>Services that a test adds to the gateway's, or puts in their place.</summary>
    internal Action<IServiceCollection> Changes { get; set; } = static _ => { };

    internal KeywordClassifier Classifier { get; } = new();

    internal RecordingAudit Audit { get; } = new();

    public ScriptedBackend Backend { get; private set; } = null!;

    public HttpClient Client { get; private set; } = null!;

    public Uri Url { get; private set; } = null!;

    /// <summary>Where metrics and health are served.</summary>
    public Uri Management { get; private set; } = null!;

    internal IServiceProvider Services => _app!.Services;

    internal string Folder => _folder;

    public string Professional => Token("professional", "security-professional");

    public static StringContent Ask(string prompt, bool stream = false, string extra = "") => Json(
        $$"""{"model":"m","stream":{{(stream ? "true" : "false")}},"messages":[{"role":"user","content":{{JsonSerializer.Serialize(prompt)}}}]{{extra}}}""");

    public static StringContent Json(string body) => new(body, Encoding.UTF8, "application/json");

    public async Task InitializeAsync()
    {
        Backend = await ScriptedBackend.StartAsync();
        Management = new Uri($"http://127.0.0.1:{FreePort.Next()}");
        _issuer = DevelopmentIssuer.Open(_folder, TimeProvider.System);
        await File.WriteAllTextAsync(Path.Combine(_folder, "policy.json"), PolicyText);
        _app = GatewayHost.Build(new GatewayHostSettings("Development", ConfigFile, Overrides: Configuration(), Configure: Replace, ContentRoot: _folder));
        await _app.StartAsync();
        Url = new Uri(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        Client = new HttpClient(new SocketsHttpHandler { UseProxy = false, MaxConnectionsPerServer = 64 }) { BaseAddress = Url, Timeout = TimeSpan.FromSeconds(30) };
    }

    public async Task DisposeAsync()
    {
        Client.Dispose();
        await _app!.DisposeAsync();
        await Backend.DisposeAsync();
        _issuer!.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>Stops the gateway as a signal does; comes back when it has stopped.</summary>
    public Task StopAsync() => _app!.StopAsync();

    public void Reset()
    {
        Backend.Reset();
        Classifier.Unknown = UnknownReason.None;
        Classifier.Delay = TimeSpan.Zero;
        Audit.IsFull = false;
        Audit.BeforeCommit = () => Task.CompletedTask;
        Audit.Noted.Clear();
        Audit.Committed.Clear();
    }

    public string Token(string tier, params string[] credentials) =>
        _issuer!.Issue(new DevelopmentToken(tier) { Credentials = credentials });

    /// <summary>A professional's token, of somebody whom no other test knows.</summary>
    public string TokenOfSubject(string subject) =>
        _issuer!.Issue(new DevelopmentToken("professional") { Subject = subject, Credentials = ["security-professional"] });

    internal string TokenOf(DevelopmentToken token) => _issuer!.Issue(token);

    public string TokenOf(string tenant) => _issuer!.Issue(new DevelopmentToken("registered") { Tenant = tenant });

    /// <summary>A client whose connection closes at once when its response is dropped, instead of being read to its end.</summary>
    public HttpClient ClientThatHangsUp() =>
        new(new SocketsHttpHandler { UseProxy = false, ResponseDrainTimeout = TimeSpan.Zero, MaxResponseDrainSize = 0 }) { BaseAddress = Url };

    public static HttpRequestMessage Request(HttpContent content, string? token = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = content };
        if (token is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        return request;
    }

    public async Task<Answer> SendAsync(HttpContent content, string? token = null, Action<HttpRequestMessage>? change = null)
    {
        using var request = Request(content, token);
        change?.Invoke(request);
        using var response = await Client.SendAsync(request);
        return new Answer(response.StatusCode, await response.Content.ReadAsByteArrayAsync(), response.Headers.Concat(response.Content.Headers).ToDictionary(
            header => header.Key, header => string.Join(',', header.Value), StringComparer.OrdinalIgnoreCase), response.ReasonPhrase);
    }

    private Dictionary<string, string?> Configuration()
    {
        var settings = new Dictionary<string, string?>
        {
            ["Gateway:PublicUrl"] = "https://gateway.example",
            ["Gateway:ListenUrl"] = "http://127.0.0.1:0",
            ["Gateway:ManagementUrl"] = Management.GetLeftPart(UriPartial.Authority),
            ["Gateway:DataDirectory"] = _folder,
            ["Gateway:VerificationUri"] = "https://gateway.example/verify",
            ["Gateway:AppealUri"] = "https://gateway.example/appeal",
            ["Policy:File"] = Path.Combine(_folder, "policy.json"),
            ["Backends:Clusters:c:Destinations:0"] = Backend.Url,
            ["Backends:Clusters:c:ActivityTimeout"] = "00:01:00",
            // Tests that let one backend fail time and again want to see each failure.
            ["Backends:Clusters:c:CircuitBreaker:FailureRatio"] = "1",
            ["Backends:Models:m:Cluster"] = "c",
            ["Backends:Models:m-pro:Cluster"] = "c",
            ["Backends:Models:m-pro:Tier"] = "professional",
            ["Logging:LogLevel:Default"] = Environment.GetEnvironmentVariable("TEST_LOG_LEVEL") ?? "None",
        };
        foreach (var (key, value) in DemoConfiguration.Flatten("Identity:Issuers:0", _issuer!.AsIssuer(["security-professional"])))
        {
            settings[key] = value;
        }

        if (!UsesRealClassifier)
        {
            settings["Classifier:Bundle"] = "unused";
        }

        foreach (var (key, value) in Settings)
        {
            settings[key] = value;
            if (value is null)
            {
                settings.Remove(key);
            }
        }

        return settings;
    }

    private void Replace(IServiceCollection services)
    {
        if (!UsesRealClassifier)
        {
            services.AddSingleton(new ClassifierStore(Classifier));
        }

        if (!UsesRealAudit)
        {
            services.AddSingleton<IAuditLog>(Audit);
        }

        Changes(services);
    }
}

/// <summary>What a client got.</summary>
public sealed record Answer(HttpStatusCode Status, byte[] Body, IReadOnlyDictionary<string, string> Headers, string? ReasonPhrase)
{
    public string Text => Encoding.UTF8.GetString(Body);

    public JsonElement Error => JsonDocument.Parse(Body).RootElement.GetProperty("error");

    public string Code => Error.GetProperty("code").GetString()!;

    /// <summary>All that arrived, head included.</summary>
    public string Everything => $"{ReasonPhrase}\n{string.Join('\n', Headers.Select(header => $"{header.Key}: {header.Value}"))}\n{Text}";
}
