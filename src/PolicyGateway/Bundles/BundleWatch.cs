using System.Text.Json;
using Microsoft.Extensions.Options;
using PolicyGateway.Classification;
using PolicyGateway.Policy;
using PolicyGateway.Telemetry;

namespace PolicyGateway.Bundles;

/// <summary>
/// Warms the classifier of the start, and looks from time to time whether the settings, or the folders that they name, hold
/// another one. That is loaded beside the one in force, verified, tried and warmed, and then takes its place for every request
/// from there on. One with faults leaves the one in force and says so.
/// </summary>
internal sealed partial class BundleWatch(
    BundleSource source, ClassifierStore classifiers, CandidateJudge candidate, PolicyStore policies, GatewayTelemetry telemetry, IOptions<ClassifierOptions> options, TimeProvider time,
    ILogger<BundleWatch> logger) : BackgroundService
{
    /// <summary>Replaced ones in memory, beside which no other is loaded: a request that does not end must not pile them up.</summary>
    private const int MostOld = 2;

    private static readonly ClassifierInput[] Trials =
    [
        new(TextKind.Prompt, "How do I get from the station to the museum on foot?".AsMemory()),
        new(TextKind.Completion, "Follow the river for ten minutes, then cross the second bridge.".AsMemory(), "How do I get to the museum?".AsMemory()),
    ];

    private string _inForce = source.AtStart;
    private string _seen = source.AtStart;
    private string _seenOfCandidate = "";
    private string? _told;
    private bool _waits;

    /// <summary>Looks once; true where another classifier is in force than before.</summary>
    public async Task<bool> LookAsync(CancellationToken cancellationToken)
    {
        var found = source.Read(out var faults);
        if (faults.Count > 0)
        {
            Refuse(string.Join(' ', faults));
            return false;
        }

        _told = null;
        if (DropCandidate(found))
        {
            var isAnother = await LookForNextAsync(found, cancellationToken);
            await LoadCandidateAsync(found, cancellationToken);
            return isAnother;
        }

        return await LookForNextAsync(found, cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await classifiers.Current.WarmUpAsync(stoppingToken);
        DropCandidate(options.Value);
        await LoadCandidateAsync(options.Value, stoppingToken);
        while (true)
        {
            await Task.Delay(options.Value.PollInterval, time, stoppingToken);
            try
            {
                await LookAsync(stoppingToken);
            }
            catch (Exception fault) when (!stoppingToken.IsCancellationRequested)
            {
                // A fault of ours; the gateway goes on with what it has.
                Log.LookBroke(logger, fault);
            }
        }
    }

    private async Task<bool> LookForNextAsync(ClassifierOptions found, CancellationToken cancellationToken)
    {
        var trace = BundleSource.TraceOf(found);
        if (trace == _seen)
        {
            return false;
        }

        if (trace == _inForce)
        {
            // What was refused in between is gone again.
            _seen = trace;
            return false;
        }

        if (classifiers.Old >= MostOld)
        {
            if (!_waits)
            {
                Log.Waits(logger, classifiers.Old);
            }

            _waits = true;
            return false;
        }

        (_seen, _waits) = (trace, false);
        try
        {
            var before = policies.Current.Profile.Model;
            var next = await LoadAsync(found, Take, cancellationToken);
            _inForce = trace;
            telemetry.Swapped("swapped");
            Log.Swapped(logger, next.Profile.Model, before);
            return true;
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            Refuse(Tell(fault));
            return false;
        }
    }

    /// <summary>Lets go of a candidate that is no longer the one in the settings, before anything else takes memory.</summary>
    private bool DropCandidate(ClassifierOptions found)
    {
        var trace = found.Candidate.IsNamed ? JsonSerializer.Serialize(found.Candidate) + BundleSource.TraceOf(found.Candidate.Beside(found)) : "";
        if (trace == _seenOfCandidate)
        {
            return false;
        }

        _seenOfCandidate = trace;
        candidate.Use(null, found.Candidate);
        return true;
    }

    private async Task LoadCandidateAsync(ClassifierOptions found, CancellationToken cancellationToken)
    {
        if (!found.Candidate.IsNamed)
        {
            return;
        }

        try
        {
            var next = await LoadAsync(found.Candidate.Beside(found), next => candidate.Use(next, found.Candidate), cancellationToken);
            telemetry.Swapped("candidate_taken");
            Log.CandidateTaken(logger, next.Profile.Model, found.Candidate.SampleRate);
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            telemetry.Swapped("candidate_refused");
            Log.CandidateRefused(logger, CandidateOptions.NameSettings(Tell(fault)));
        }
    }

    /// <summary>Loads a classifier that proved itself and is warm, and hands it over.</summary>
    private async Task<IClassifier> LoadAsync(ClassifierOptions found, Action<IClassifier> take, CancellationToken cancellationToken)
    {
        var next = await Task.Run(() => Classifiers.Load(found, time), cancellationToken);
        try
        {
            await next.WarmUpAsync(cancellationToken);
            await TryAsync(next, cancellationToken);
            take(next);
            return next;
        }
        catch
        {
            await next.DisposeAsync();
            throw;
        }
    }

    private void Take(IClassifier next)
    {
        var misfits = string.Empty;
        if (!classifiers.TryReplace(next, () => (misfits = string.Join(' ', policies.TryFit(next.Profile))).Length == 0))
        {
            throw new BundleException($"The policy in force does not fit {next.Profile.Model}: {misfits}");
        }
    }

    /// <summary>A bundle that breaks the check itself is a fault of ours, and changes as little.</summary>
    private static string Tell(Exception fault) => fault is BundleException bundle
        ? $"{bundle.Setting}: {bundle.Message}"
        : $"Classifier: loading it failed with {fault.GetType().Name}: {fault.Message}";

    /// <summary>What it says of harmless texts does not matter here, that it says something does.</summary>
    private static async Task TryAsync(IClassifier next, CancellationToken cancellationToken)
    {
        foreach (var trial in Trials)
        {
            var scores = await next.ClassifyAsync(trial, cancellationToken);
            if (scores.IsUnknown)
            {
                throw new BundleException($"{next.Profile.Model} has no verdict on a harmless text ({scores.UnknownReason}, in stage {scores.Stage}).");
            }
        }
    }

    /// <summary>Settings that stay as they are, unreadable, are told once.</summary>
    private void Refuse(string fault)
    {
        if (fault != _told)
        {
            _told = fault;
            telemetry.Swapped("refused");
            Log.KeptLastGood(logger, policies.Current.Profile.Model, fault);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Classifier {Model} is in force, and {Before} ends with the last request that it began.", EventName = "classifier.swapped")]
        public static partial void Swapped(ILogger logger, string model, string before);

        [LoggerMessage(2, LogLevel.Error, "Classifier {Model} stays in force; what the settings name now cannot be used. {Fault}", EventName = "classifier.kept_last_good")]
        public static partial void KeptLastGood(ILogger logger, string model, string fault);

        [LoggerMessage(4, LogLevel.Information, "Candidate {Model} judges alongside, a share of {Rate}, and only reports.", EventName = "candidate.taken")]
        public static partial void CandidateTaken(ILogger logger, string model, double rate);

        [LoggerMessage(5, LogLevel.Error, "The candidate cannot be used, and nothing judges alongside. {Fault}", EventName = "candidate.refused")]
        public static partial void CandidateRefused(ILogger logger, string fault);

        [LoggerMessage(6, LogLevel.Error, "Looking for another classifier failed; the one in force goes on.", EventName = "classifier.look_failed")]
        public static partial void LookBroke(ILogger logger, Exception fault);

        [LoggerMessage(3, LogLevel.Warning, "Another classifier waits: {Old} earlier ones are still in use by requests that began with them.", EventName = "classifier.waits")]
        public static partial void Waits(ILogger logger, int old);
    }
}
