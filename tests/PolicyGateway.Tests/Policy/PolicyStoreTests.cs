using System.Collections.Concurrent;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using PolicyGateway.Bundles;
using PolicyGateway.Classification;
using PolicyGateway.Policy;

namespace PolicyGateway.Tests.Policy;

/// <summary>The file on disk, the host that starts with it, and what happens when it changes.</summary>
public sealed class PolicyStoreTests : IDisposable
{
    private const string First = """{"name":"first","categories":{"cyber":{}}}""";
    private const string Second = """{"name":"second","categories":{"cyber":{},"bio":{}}}""";
    private const string Broken = """{"name":"broken","categories":{"cyber":{"requires":{"tier":"wizard","any_of":[]}}}}""";

    private readonly string _folder = Directory.CreateTempSubdirectory("policy").FullName;
    private readonly Lines _lines = new();

    [Fact]
    public async Task A_missing_policy_stops_the_start()
    {
        using var host = Host();

        var fault = await Assert.ThrowsAsync<PolicyException>(() => host.StartAsync());

        Assert.Contains(Path.Combine(_folder, "policy.json"), fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_policy_with_faults_stops_the_start_and_all_are_told()
    {
        Write("""{"name":"","mode":"off","categories":{"alchemy":{}}}""");
        using var host = Host();

        var fault = await Assert.ThrowsAsync<PolicyException>(() => host.StartAsync());

        Assert.Equal(3, fault.Faults.Count);
        Assert.All(fault.Faults, one => Assert.Contains(one.Key, fault.Message, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Faults_of_the_options_stop_the_start_all_at_once()
    {
        using var host = Host(("Policy:File", " "), ("Policy:PollInterval", "00:00:00"));

        var fault = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync());

        Assert.Equal(2, fault.Failures.Count());
    }

    [Fact]
    public async Task A_changed_policy_is_taken_over_by_itself_and_one_with_faults_leaves_the_last_good_one()
    {
        Write(First);
        using var host = Host(("Policy:PollInterval", "00:00:00.1"));
        await host.StartAsync();
        var store = host.Services.GetRequiredService<PolicyStore>();
        var source = host.Services.GetRequiredService<IPolicySource>();
        Assert.Equal("first", source.Current.Name);

        Write(Broken);
        await Eventually(() => store.Status.LastFault is not null);
        Assert.Equal("first", source.Current.Name);
        Assert.Contains("categories.cyber.requires.tier", store.Status.LastFault, StringComparison.Ordinal);
        Assert.Contains(_lines.Said, line => line.Name == "policy.kept_last_good" && line.Text.Contains("requires.tier", StringComparison.Ordinal));

        Write(Second);
        await Eventually(() => source.Current.Name == "second");
        Assert.Null(store.Status.LastFault);
        Assert.Equal(source.Current.Version, store.Status.Version);
        await host.StopAsync();
    }

    [Fact]
    public async Task A_request_keeps_the_snapshot_that_it_was_given()
    {
        Write(First);
        using var host = Host();
        await host.StartAsync();
        var store = host.Services.GetRequiredService<PolicyStore>();
        var before = store.Current;

        Write(Second);
        store.TryReload();

        Assert.Equal("first", before.Name);
        Assert.NotSame(before, store.Current);
        await host.StopAsync();
    }

    [Fact]
    public async Task A_file_that_is_deleted_or_stays_bad_is_told_once_and_one_that_comes_back_is_good_again()
    {
        Write(First);
        using var host = Host(("Policy:PollInterval", "01:00:00"));
        await host.StartAsync();
        var store = host.Services.GetRequiredService<PolicyStore>();

        File.Delete(Path.Combine(_folder, "policy.json"));
        Assert.False(store.TryReload());
        Assert.False(store.TryReload());
        Assert.NotNull(store.Status.LastFault);
        Assert.Single(_lines.Said, line => line.Name == "policy.kept_last_good");

        Write("// only a comment is new\n" + First);
        Assert.False(store.TryReload());
        Assert.Null(store.Status.LastFault);
        await host.StopAsync();
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private void Write(string policy) => File.WriteAllText(Path.Combine(_folder, "policy.json"), policy);

    private static async Task Eventually(Func<bool> condition)
    {
        for (var i = 0; i < 500 && !condition(); i++)
        {
            await Task.Delay(20);
        }

        Assert.True(condition());
    }

    private IHost Host(params (string Key, string Value)[] settings)
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { ContentRootPath = _folder });
        builder.Configuration.AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value)));
        builder.Logging.AddProvider(_lines);
        builder.Services.AddSingleton(ThePolicy.Ladder);
        builder.Services.AddSingleton(new ClassifierStore(new NoClassifier()));
        builder.Services.AddPolicy(builder.Configuration);
        return builder.Build();
    }

    /// <summary>Has heads, and says nothing.</summary>
    private sealed class NoClassifier : IClassifier
    {
        public ClassifierProfile Profile => ThePolicy.Profile;

        public bool IsReady => false;

        public Task WarmUpAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public ValueTask<Scores> ClassifyAsync(ClassifierInput input, CancellationToken cancellationToken) =>
            ValueTask.FromResult(Scores.Unknown(UnknownReason.NotReady, "none", Profile.Model));

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    /// <summary>Keeps what was logged.</summary>
    private sealed class Lines : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<(string? Name, string Text)> Said { get; } = new();

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Said.Enqueue((eventId.Name, formatter(state, exception)));

        public void Dispose()
        {
        }
    }
}
