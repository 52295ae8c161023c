using PolicyGateway.Audit;
using PolicyGateway.Tests.Audit;

/// <summary>What the runtime calls first when <c>DOTNET_STARTUP_HOOKS</c> names this assembly; the name is the runtime's.</summary>
internal static class StartupHook
{
    public static void Initialize()
    {
        if (Environment.GetEnvironmentVariable(AuditKillWriter.FolderVariable) is { } folder)
        {
            // Never returns: this process only writes, until it is killed.
            AuditKillWriter.RunAsync(folder).GetAwaiter().GetResult();
        }
    }
}

namespace PolicyGateway.Tests.Audit
{
    /// <summary>The process that is killed: commits for ever, and prints each decision once its commit has completed.</summary>
    internal static class AuditKillWriter
    {
        public const string FolderVariable = "POLICYGATEWAY_TESTS_AUDIT_WRITER";

        public static async Task RunAsync(string folder)
        {
            var options = new AuditOptions { CheckpointEvery = 7, BatchMaxRecords = 5 }.ResolvePaths(folder);
            var log = await SqliteAuditLog.OpenAsync(
                options, TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger<SqliteAuditLog>.Instance);
            var output = TextWriter.Synchronized(new StreamWriter(Console.OpenStandardOutput()) { AutoFlush = true });
            await Task.WhenAll(Enumerable.Range(0, 4).Select(waiter => Task.Run(async () =>
            {
                for (var i = 0; ; i++)
                {
                    await log.CommitAsync(Some.Record($"w{waiter}-{i}"), default);
                    output.WriteLine($"w{waiter}-{i}");
                    log.Note(Some.Record($"note{waiter}-{i}"));
                }
            })));
        }
    }
}
