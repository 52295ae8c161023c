using System.Collections.Immutable;
using System.Text;
using Microsoft.Extensions.Options;
using PolicyGateway.Bundles;
using PolicyGateway.Classification;
using PolicyGateway.Identity;

namespace PolicyGateway.Policy;

/// <summary>
/// Holds the policy in force. A policy with faults stops the start; after that the file is watched, a good one is swapped
/// in whole, and one with faults leaves the last good one in force and says so.
/// </summary>
/// <remarks>
/// Only <see cref="TryReload"/> and <see cref="TryFit"/> write, under the lock; readers take <see cref="Current"/> once per request and see one
/// policy throughout. The file's bytes are compared, not its date: mounted volumes swap links and keep dates.
/// </remarks>
internal sealed partial class PolicyStore : BackgroundService, IHostedLifecycleService, IPolicySource
{
    // Editors write a file in several steps; this lets them finish.
    private static readonly TimeSpan Settle = TimeSpan.FromMilliseconds(200);

    private readonly string _path;
    private readonly TimeSpan _pollInterval;
    private readonly TierLadder _ladder;
    private readonly TimeProvider _time;
    private readonly ILogger<PolicyStore> _logger;
    private readonly Lock _reload = new();
    private readonly SemaphoreSlim _changed = new(0, 1);
    private ClassifierProfile _profile;
    private byte[] _read = [];
    private volatile PolicySnapshot? _current;
    private volatile PolicyStatus? _status;
    private volatile PolicyTexts? _texts;

    public PolicyStore(
        IOptions<PolicyOptions> options,
        IHostEnvironment environment,
        TierLadder ladder,
        ClassifierStore classifiers,
        TimeProvider time,
        ILogger<PolicyStore> logger)
    {
        _path = Path.GetFullPath(options.Value.File, environment.ContentRootPath);
        _pollInterval = options.Value.PollInterval;
        _ladder = ladder;
        _profile = classifiers.Current.Profile;
        _time = time;
        _logger = logger;
    }

    public PolicySnapshot Current => _current ?? throw new InvalidOperationException("No policy is loaded before the start.");

    /// <summary>Which policy is in force since when, and what is wrong with the file if it is not the one in force.</summary>
    public PolicyStatus Status => _status ?? throw new InvalidOperationException("No policy is loaded before the start.");

    /// <summary>The policy in force as it was written, and the one before it.</summary>
    public PolicyTexts Texts => _texts ?? throw new InvalidOperationException("No policy is loaded before the start.");

    public Task StartingAsync(CancellationToken cancellationToken)
    {
        TryReload();
        return Task.CompletedTask;
    }

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>
    /// Looks at the file; true where another policy is in force than before. Throws where there is none to fall back on.
    /// </summary>
    public bool TryReload()
    {
        lock (_reload)
        {
            var (bytes, fault) = Read();
            if (_current is not null && bytes.AsSpan().SequenceEqual(_read))
            {
                return false;
            }

            _read = bytes;
            var found = fault is null ? PolicyCheck.Check(bytes, _ladder, _profile) : PolicyCheckResult.Unreadable(fault);
            if (found.Snapshot is null)
            {
                KeepLastGood(found);
                return false;
            }

            foreach (var warning in found.Warnings)
            {
                Log.Warned(_logger, _path, warning);
            }

            var changed = _current?.Version != found.Snapshot.Version;
            _current = found.Snapshot;
            _status = new PolicyStatus(found.Snapshot.Version, _time.GetUtcNow(), null);
            _texts = PolicyTexts.After(_texts, new PolicyText(found.Snapshot.Version, _status.LoadedAt, Encoding.UTF8.GetString(bytes)));
            Log.Loaded(_logger, _path, found.Snapshot.Version, found.Snapshot.Name, found.Snapshot.Mode);
            return changed;
        }
    }

    /// <summary>
    /// Compiles the policy in force against another classifier, whose scores it reads from then on; the faults that keep it
    /// from that, or none.
    /// </summary>
    public ImmutableArray<PolicyFault> TryFit(ClassifierProfile profile)
    {
        lock (_reload)
        {
            var found = PolicyCheck.Check(Current.Document, _ladder, profile);
            if (found.Snapshot is { } fitted)
            {
                (_profile, _current) = (profile, fitted);

                // A file that did not fit the classifier before may fit this one.
                _read = Status.LastFault is null ? _read : [];
            }

            return found.Faults;
        }
    }

    public override void Dispose()
    {
        _changed.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var watcher = Watch();
        while (!stoppingToken.IsCancellationRequested)
        {
            if (await _changed.WaitAsync(_pollInterval, stoppingToken))
            {
                await Task.Delay(Settle, _time, stoppingToken);
            }

            try
            {
                TryReload();
            }
            catch (Exception fault) when (fault is not OperationCanceledException)
            {
                // A policy that breaks the check itself is a fault of ours; the last good one stays in force.
                Log.ReloadBroke(_logger, fault, _path);
            }
        }
    }

    /// <summary>The file's bytes, or none and why; a file that stays unreadable is reported once.</summary>
    private (byte[] Bytes, string? Fault) Read()
    {
        try
        {
            return (File.ReadAllBytes(_path), null);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return ([], fault.Message);
        }
    }

    private void KeepLastGood(PolicyCheckResult found)
    {
        var fault = new PolicyException(_path, found.Faults);
        if (_status is null)
        {
            throw fault;
        }

        _status = _status with { LastFault = fault.Message };
        Log.KeptLastGood(_logger, _path, _status.Version, fault.Message);
    }

    /// <summary>Null where the platform gives no notices; the poll finds every change all the same.</summary>
    private FileSystemWatcher? Watch()
    {
        try
        {
            var watcher = new FileSystemWatcher(Path.GetDirectoryName(_path)!, Path.GetFileName(_path));
            watcher.Changed += OnChange;
            watcher.Created += OnChange;
            watcher.Renamed += OnChange;
            watcher.EnableRaisingEvents = true;
            return watcher;
        }
        catch (Exception fault) when (fault is IOException or ArgumentException or PlatformNotSupportedException)
        {
            Log.NotWatched(_logger, _path, _pollInterval, fault.Message);
            return null;
        }
    }

    private void OnChange(object sender, FileSystemEventArgs change)
    {
        try
        {
            _changed.Release();
        }
        catch (Exception fault) when (fault is SemaphoreFullException or ObjectDisposedException)
        {
            // A look is due already, or the host has stopped.
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Policy {Version} ('{Name}', {Mode}) from {Path} is in force.", EventName = "policy.loaded")]
        public static partial void Loaded(ILogger logger, string path, string version, string name, PolicyMode mode);

        [LoggerMessage(
            2, LogLevel.Error, "Policy {Version} stays in force; the changed file {Path} cannot be used. {Faults}", EventName = "policy.kept_last_good")]
        public static partial void KeptLastGood(ILogger logger, string path, string version, string faults);

        [LoggerMessage(3, LogLevel.Warning, "Policy {Path}: {Warning}", EventName = "policy.warning")]
        public static partial void Warned(ILogger logger, string path, PolicyFault warning);

        [LoggerMessage(
            4, LogLevel.Warning, "Changes of {Path} are not announced here; it is looked at every {Interval}. {Cause}", EventName = "policy.not_watched")]
        public static partial void NotWatched(ILogger logger, string path, TimeSpan interval, string cause);

        [LoggerMessage(
            5, LogLevel.Error, "Looking at the policy {Path} failed; the last good one stays in force.", EventName = "policy.reload_failed")]
        public static partial void ReloadBroke(ILogger logger, Exception fault, string path);
    }
}

/// <summary>The state of the policy file, for health and administration.</summary>
/// <param name="Version">The version in force.</param>
/// <param name="LoadedAt">Since when.</param>
/// <param name="LastFault">Why the file as it is now is not in force; null where it is.</param>
internal sealed record PolicyStatus(string Version, DateTimeOffset LoadedAt, string? LastFault);
