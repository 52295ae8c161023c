using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using PolicyGateway.Audit;
using PolicyGateway.Identity;
using PolicyGateway.LoadTests.Servers;
using PolicyGateway.State;

namespace PolicyGateway.LoadTests.Access;

/// <summary>Fills a gateway's folder, looks grants up in it, and starts a gateway on it for the rest.</summary>
internal static class AccessRunner
{
    /// <summary>Of a week.</summary>
    private const int Hours = 168;

    public static async Task<AccessResults> RunAsync(AccessSettings settings, CancellationToken cancellationToken)
    {
        await using var started = new StartedServers();
        var data = Path.Combine(started.Folder, "data");
        var signer = new Signer(data);
        var state = new StateOptions().ResolvePaths(data);
        Times fromStore, fromMemory;
        using (var store = SqliteStateStore.Open(state, TimeProvider.System))
        {
            await GrantLookups.FillAsync(store, settings, cancellationToken);
        }

        // Anew, as a gateway has it: one that is in service has no log of a million writes beside its file.
        Progress.Say("looking grants up");
        using (var store = SqliteStateStore.Open(state, TimeProvider.System))
        {
            (fromStore, fromMemory) = await GrantLookups.MeasureAsync(store, settings, cancellationToken);
        }

        await FillAuditAsync(data, settings, cancellationToken);
        var list = started.Add(await StatusListServer.StartAsync(signer, ServerProcess.FreePort(), cancellationToken));
        Progress.Say("asking for a caller in this process");
        var authentication = await Authentication.MeasureAsync(data, signer, list, cancellationToken);

        Progress.Say("starting the servers");
        var backend = started.Add(await OwnProcess.BackendAsync(cancellationToken));
        var setup = new GatewaySetup("access", ShippedPolicy.File) { Data = data, StatusList = list.Address };
        var gateway = started.Add(await GatewayProcess.StartAsync(backend.Port, started.Folder, cancellationToken, setup));
        await gateway.CheckAsync(cancellationToken);
        Progress.Say("looking at pages");
        var pages = await Pages.MeasureAsync(gateway, signer, settings.Looks, cancellationToken);
        Progress.Say("sending tokens with a status");
        var status = await Status.MeasureAsync(gateway, signer, list, settings.Checks, cancellationToken);
        var revoked = await RevokedStreams.MeasureAsync(gateway, signer, settings.Revocations, cancellationToken);
        return new AccessResults(new FileInfo(state.File).Length / 1e6, fromStore, fromMemory, authentication, gateway.Server.ReadyAfter, pages, status, revoked);
    }

    /// <summary>Decisions of the last week, refused and released ones.</summary>
    private static async Task FillAuditAsync(string data, AccessSettings settings, CancellationToken cancellationToken)
    {
        var options = new AuditOptions { BatchMaxRecords = 10_000, QueueCapacity = settings.Records + 10, CheckpointEvery = 1_000_000, CommitTimeout = TimeSpan.FromMinutes(5) }.ResolvePaths(data);
        Progress.Say($"writing {settings.Records:N0} records of the audit");
        var clock = new Clock();
        await using var log = SqliteAuditLog.Open(options, clock, NullLogger<SqliteAuditLog>.Instance);
        for (var (hour, i) = (0, 0); hour < Hours; hour++)
        {
            clock.Now = TimeProvider.System.GetUtcNow() - TimeSpan.FromHours(Hours - hour);
            for (; i < (long)settings.Records * (hour + 1) / Hours; i++)
            {
                log.Note(RecordOf(i, settings));
            }

            await log.CommitAsync(RecordOf(settings.Records + hour, settings), cancellationToken);
        }
    }

    private static AuditRecord RecordOf(int i, AccessSettings settings)
    {
        var isRefused = i % 3 == 0;
        return new AuditRecord
        {
            Event = isRefused ? AuditEvent.Refusal : AuditEvent.ReleaseIntent,
            DecisionId = $"dec_{i:x32}",
            Time = TimeProvider.System.GetUtcNow(),
            TraceId = ActivityTraceId.CreateRandom().ToHexString(),
            Issuer = DevelopmentIssuer.Issuer,
            Subject = GrantLookups.SubjectOf(i % settings.People),
            Organisation = $"organisation-{i % 500}",
            Tier = isRefused ? "registered" : "professional",
            Dialect = "openai.chat",
            RequestedModel = "load",
            PolicyVersion = "sha256:0123",
            Mode = "enforce",
            ClassifierModel = "ngram-1",
            Prompt = new AuditVerdict("dual-use", "ngram-1", [new AuditFinding("cyber", 0.91f, "flagged")]),
            Action = isRefused ? "refuse" : "hold",
            Reason = isRefused ? "tier_too_low" : "allowed_by_clearance",
            Rule = "categories.cyber.prompt.flagged",
            Category = "cyber",
            ReleaseMode = "Window",
            Outcome = isRefused ? "refused" : "released",
            Status = isRefused ? 403 : 200,
        };
    }

    private sealed class Clock : TimeProvider
    {
        public DateTimeOffset Now { get; set; }

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
