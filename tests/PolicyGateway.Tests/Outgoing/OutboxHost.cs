using System.Diagnostics.Metrics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using PolicyGateway.Hosting;
using PolicyGateway.Identity;
using PolicyGateway.Outgoing;
using PolicyGateway.Portal;
using PolicyGateway.Revocation;
using PolicyGateway.State;
using PolicyGateway.Tests.Fakes;

namespace PolicyGateway.Tests.Outgoing;

/// <summary>The outbox as the gateway has it, over a real store and real connections, on a clock that tests move.</summary>
internal sealed class OutboxHost : IAsyncDisposable
{
    public const string Issuer = "https://issuer.example";
    public const string EventSecret = "a-bearer-secret-of-the-receiver";

    /// <summary>The secret of the convention's own examples.</summary>
    public const string WebhookSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    private readonly Dictionary<string, string?> _settings;
    private readonly Dictionary<string, long> _counts = [];
    private MeterListener _listener = new();
    private ServiceProvider _services;

    public OutboxHost(Dictionary<string, string?> settings, FakeTimeProvider? clock = null)
    {
        Clock = clock ?? new FakeTimeProvider(new DateTimeOffset(2031, 5, 1, 12, 0, 0, TimeSpan.Zero));
        _settings = new Dictionary<string, string?>(settings) { ["Gateway:PublicUrl"] = "https://gateway.example/", ["Gateway:DataDirectory"] = Folder };
        File.WriteAllText(FileOf("webhook"), WebhookSecret + "\n");
        File.WriteAllText(FileOf("event"), EventSecret + "\n");
        _services = Build();
    }

    public FakeTimeProvider Clock { get; }

    public RecordingLogs Logs { get; } = new();

    public string Folder { get; } = Directory.CreateTempSubdirectory("policygateway-outbox-").FullName;

    public Outbox Outbox => _services.GetRequiredService<Outbox>();

    public IStateStore Store => _services.GetRequiredService<IStateStore>();

    public OutboxService Service => _services.GetRequiredService<OutboxService>();

    public Lane Lane => Outbox.Lanes[0];

    public IServiceProvider Services => _services;

    public static Dictionary<string, string?> Webhook(string url, string events = "*", int index = 0) => new()
    {
        [$"Webhooks:Receivers:{index}:Name"] = $"w{index}",
        [$"Webhooks:Receivers:{index}:Url"] = url,
        [$"Webhooks:Receivers:{index}:Events:0"] = events,
        [$"Webhooks:Receivers:{index}:SecretFile"] = "webhook.secret",
    };

    public static Dictionary<string, string?> Event(string url, int index = 0) => new()
    {
        [$"Revocation:Receivers:{index}:Name"] = $"e{index}",
        [$"Revocation:Receivers:{index}:Audience"] = "https://receiver.example",
        [$"Revocation:Receivers:{index}:PushUrl"] = url,
        [$"Revocation:Receivers:{index}:BearerSecretFile"] = "event.secret",
    };

    /// <summary>A happening that both kinds of receivers are told of.</summary>
    public static Happening Revoked(string subject) => Happening.Of(
        Happening.RevocationCreated,
        new RevocationEntry { Id = "rev_" + subject, Target = RevocationTarget.Person, Issuer = Issuer, Subject = subject, At = default, By = "op", Reason = "Never told." },
        isFromHere: true);

    public static void AssertPrivate(string file)
    {
        Assert.True(File.Exists(file));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        }
    }

    public string FileOf(string secret) => Path.Combine(Folder, secret + ".secret");

    /// <summary>How often something was counted, such as <c>failed webhook:w0 status_500</c>.</summary>
    public long CountOf(string what)
    {
        lock (_counts)
        {
            return _counts.GetValueOrDefault(what);
        }
    }

    /// <summary>Takes up what waits, without delivering by itself: the test takes each step.</summary>
    public Task TakeUpAsync() => Service.TakeUpAsync(CancellationToken.None);

    public async Task TellAsync(params Happening[] happenings)
    {
        foreach (var happening in happenings)
        {
            Assert.True(await Store.TryWriteAsync(Outbox.Of(happening), CancellationToken.None));
        }
    }

    /// <summary>Lets time pass and has the lane do what is due, again and again.</summary>
    public async Task PassAsync(TimeSpan time, Lane lane)
    {
        for (var end = Clock.GetUtcNow() + time; Clock.GetUtcNow() < end;)
        {
            var wait = await lane.StepAsync(CancellationToken.None);
            Clock.Advance(wait);
        }
    }

    /// <summary>Ends this gateway without a word and starts another one over the same folder.</summary>
    public void Restart(Dictionary<string, string?>? without = null)
    {
        _services.Dispose();
        foreach (var key in without?.Keys.ToArray() ?? [])
        {
            _settings.Remove(key);
        }

        _services = Build();
    }

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        _listener.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    private ServiceProvider Build()
    {
        var settings = new ConfigurationBuilder().AddInMemoryCollection(_settings).Build();
        var services = new ServiceCollection();
        services.AddLogging(logging => logging.AddProvider(Logs).SetMinimumLevel(LogLevel.Trace));
        services.AddSingleton<TimeProvider>(Clock);
        services.AddSingleton<IHostEnvironment>(new ContentRoot(Folder));
        services.AddSingleton<IConfiguration>(settings);
        services.AddGatewayOptions(settings);
        services.AddIdentity(settings);
        services.AddState(settings);
        services.AddRevocation(settings);
        services.AddPortal(settings);
        services.AddOutgoing(settings);
        var provider = services.BuildServiceProvider();
        var meter = provider.GetRequiredService<OutboxMetrics>().Meter;
        _listener.Dispose();
        _listener = new MeterListener();
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Count(instrument, value, tags));
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter == meter)
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.Start();
        return provider;
    }

    private void Count(Instrument instrument, long value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var name = $"{instrument.Name.Split('.')[^1]} {string.Join(' ', tags.ToArray().Select(static tag => tag.Value))}";
        lock (_counts)
        {
            _counts[name] = _counts.GetValueOrDefault(name) + value;
        }
    }

    private sealed class ContentRoot(string folder) : IHostEnvironment
    {
        public string EnvironmentName { get; set; } = "Production";

        public string ApplicationName { get; set; } = "tests";

        public string ContentRootPath { get; set; } = folder;

        public IFileProvider ContentRootFileProvider { get; set; } = new NullFileProvider();
    }
}
