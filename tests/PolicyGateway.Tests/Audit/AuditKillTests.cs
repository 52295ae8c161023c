using System.Diagnostics;
using PolicyGateway.Audit;

namespace PolicyGateway.Tests.Audit;

/// <summary>A process that is killed, or whose files are copied, at any moment leaves a log that verifies.</summary>
public sealed class AuditKillTests
{
    [Fact]
    public async Task A_killed_process_leaves_a_log_that_verifies_and_holds_every_completed_commit()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        for (var round = 0; round < 3; round++)
        {
            using var folder = new AuditFolder();
            var committed = new List<string>();
            using (var child = Start(folder))
            {
                var wanted = Random.Shared.Next(20, 400);
                while (committed.Count < wanted)
                {
                    committed.Add(await ReadAsync(child) ?? throw new InvalidOperationException("The writer ended: " + await child.StandardError.ReadToEndAsync()));
                }

                child.Kill();
                while (await ReadAsync(child) is { } rest)
                {
                    committed.Add(rest);
                }

                await child.WaitForExitAsync();
            }

            Assert.Empty(folder.Verify().Faults);
            Assert.Empty(committed.Except(Decisions(folder.Options)));

            // And the next start goes on with it.
            await folder.FillAsync(1);
            Assert.Empty(folder.Verify().Faults);
        }
    }

    [Fact]
    public async Task A_copy_taken_at_any_moment_verifies_and_holds_every_commit_completed_before_it()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        using var folder = new AuditFolder();
        using var child = Start(folder);
        var committed = new List<string>();
        try
        {
            for (var round = 0; round < 6; round++)
            {
                for (var i = Random.Shared.Next(5, 60); i > 0; i--)
                {
                    committed.Add(await ReadAsync(child) ?? throw new InvalidOperationException(await child.StandardError.ReadToEndAsync()));
                }

                // Stopped, so that the copy of several files is of one moment.
                Signal(child, "STOP");
                using var copy = new AuditFolder();
                CopyFolder(folder.Path, copy.Path);
                Signal(child, "CONT");

                Assert.Empty(copy.Verify().Faults);
                Assert.Empty(committed.Except(Decisions(copy.Options)));
            }
        }
        finally
        {
            child.Kill();
            await child.WaitForExitAsync();
        }
    }

    private static HashSet<string> Decisions(AuditOptions options) =>
        [.. AuditReader.Read(options.File, new AuditFilter(null, null, null, null, int.MaxValue)).Select(row => row.Text("decision"))];

    private static async Task<string?> ReadAsync(Process child)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        return await child.StandardOutput.ReadLineAsync(limit.Token);
    }

    // This assembly is its own writer: a start-up hook runs before its (empty) entry point.
    private static Process Start(AuditFolder folder)
    {
        var assembly = typeof(AuditKillTests).Assembly.Location;
        var start = new ProcessStartInfo(Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet", ["exec", assembly])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["DOTNET_STARTUP_HOOKS"] = assembly;
        start.Environment[AuditKillWriter.FolderVariable] = folder.Path;
        return Process.Start(start)!;
    }

    private static void Signal(Process child, string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", $"{child.Id}"]);
        kill.WaitForExit();
        Assert.Equal(0, kill.ExitCode);
    }

    private static void CopyFolder(string from, string to)
    {
        // The lock file is the living process's, and empty.
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories).Where(file => !file.EndsWith(".lock", StringComparison.Ordinal)))
        {
            var target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            using var source = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var copy = File.Create(target);
            source.CopyTo(copy);
        }
    }
}
