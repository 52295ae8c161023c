using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using PolicyGateway.Access;
using PolicyGateway.Audit;
using PolicyGateway.Hosting;
using PolicyGateway.Identity;
using PolicyGateway.Revocation;
using PolicyGateway.State;
using PolicyGateway.Tests.Fakes;

namespace PolicyGateway.Tests.Identity;

/// <summary>The identity services as the gateway registers them, on a clock that tests move.</summary>
internal sealed class IdentityHost : IDisposable
{
    public const string Audience = "gateway";
    public const string PublicUrl = "https://gateway.example";

    private readonly ServiceProvider _services;
    private readonly string _folder = Directory.CreateTempSubdirectory("policygateway-identity-").FullName;

    public IdentityHost(Action<IdentityOptions>? configure = null, string environment = "Production", string? json = null, DateTimeOffset? now = null)
    {
        Clock = new FakeTimeProvider(now ?? new DateTimeOffset(2031, 5, 1, 12, 0, 0, TimeSpan.Zero));
        var configuration = new ConfigurationBuilder();
        if (json is not null)
        {
            configuration.AddJsonStream(new MemoryStream(System.Text.Encoding.UTF8.GetBytes(json)));
        }

        var services = new ServiceCollection();
        services.AddLogging(logging => logging.AddProvider(Log).SetMinimumLevel(LogLevel.Trace));
        services.AddSingleton<TimeProvider>(Clock);
        services.AddSingleton<IHostEnvironment>(new Environment(environment));
        configuration.AddInMemoryCollection([new("Gateway:DataDirectory", _folder)]);
        var settings = configuration.Build();
        services.AddIdentity(settings);
        services.AddState(settings);
        services.AddSingleton<IConfiguration>(settings);
        services.AddRevocation(settings);
        services.AddAccess(settings);
        services.AddSingleton<IAuditLog>(new RecordingAudit());
        services.Configure<GatewayOptions>(options => options.PublicUrl = new Uri(PublicUrl));
        services.Configure<IdentityOptions>(options => configure?.Invoke(options));
        _services = services.BuildServiceProvider();
    }

    public FakeTimeProvider Clock { get; }

    public CapturedLog Log { get; } = new();

    public IServiceProvider Services => _services;

    public IdentityOptions Options => _services.GetRequiredService<IOptions<IdentityOptions>>().Value;

    /// <summary>An issuer with one static key that may assert anything the tests need, and no more.</summary>
    public static IssuerOptions Trusting(TestKey key, string issuer = "https://issuer.example")
    {
        var jwk = System.Text.Json.JsonSerializer.SerializeToElement(key.PublicJwk);
        string Member(string name) => jwk.GetProperty(name).GetString()!;
        return new IssuerOptions
        {
            Name = issuer,
            Issuer = issuer,
            Keys = [new KeyOptions { Kty = "EC", Crv = "P-256", Kid = key.KeyId, X = Member("x"), Y = Member("y") }],
            Audiences = [Audience],
            TierClaim = "tier",
            MaxTier = "professional",
            TenantClaim = "tenant",
            OrganisationClaim = "org",
            CredentialsClaim = "credentials",
            AllowedCredentials = ["security-professional"],
        };
    }

    public static IssuerOptions Discovering(DiscoveryServer server) => new()
    {
        Name = "discovered",
        Issuer = server.Address,
        Authority = new Uri(server.Address),
        Audiences = [Audience],
        TierClaim = "tier",
        MaxTier = "professional",
    };

    /// <summary>An ordinary payload with the given claims laid over it; a null value takes a claim out.</summary>
    public Dictionary<string, object?> Claims(string issuer = "https://issuer.example", params (string Name, object? Value)[] changes)
    {
        var now = Clock.GetUtcNow().ToUnixTimeSeconds();
        var claims = new Dictionary<string, object?>
        {
            ["iss"] = issuer,
            ["aud"] = Audience,
            ["sub"] = "ada",
            ["iat"] = now,
            ["exp"] = now + 600,
            ["tier"] = "verified",
        };
        foreach (var (name, value) in changes)
        {
            claims[name] = value;
            if (value is null)
            {
                claims.Remove(name);
            }
        }

        return claims;
    }

    public Task<CallerResult> ReadAsync(string? token) =>
        ReadAsync(request =>
        {
            if (token is not null)
            {
                request.Headers.Authorization = "Bearer " + token;
            }
        });

    public async Task<CallerResult> ReadAsync(Action<HttpRequest> prepare, string header = "Authorization")
    {
        await using var scope = _services.CreateAsyncScope();
        var context = new DefaultHttpContext { RequestServices = scope.ServiceProvider };
        prepare(context.Request);
        var result = await scope.ServiceProvider.GetRequiredService<CallerReader>().ReadAsync(context, header, ApiScope.Inference);
        Assert.True(result.Caller is null ^ result.Fault is null);
        return result;
    }

    public void Dispose()
    {
        _services.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private sealed class Environment(string name) : IHostEnvironment
    {
        public string EnvironmentName { get; set; } = name;

        public string ApplicationName { get; set; } = "tests";

        public string ContentRootPath { get; set; } = Path.GetTempPath();

        public IFileProvider ContentRootFileProvider { get; set; } = new NullFileProvider();
    }
}

/// <summary>Everything that was logged, exceptions included.</summary>
internal sealed class CapturedLog : ILoggerProvider, ILogger
{
    private readonly List<string> _lines = [];

    public string Text
    {
        get
        {
            lock (_lines)
            {
                return string.Join('\n', _lines);
            }
        }
    }

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        lock (_lines)
        {
            _lines.Add($"{eventId.Name}: {formatter(state, exception)} {exception}");
        }
    }

    public void Dispose()
    {
    }
}
