using System.Globalization;
using System.Text;
using PolicyGateway.LoadTests.Reporting;
using PolicyGateway.LoadTests.Servers;

namespace PolicyGateway.LoadTests.Held;

/// <summary>The card of <c>held</c>.</summary>
internal static class HeldCard
{
    public static Card Of(HeldResults results, HeldSettings settings) =>
        new("held", "Held streams", Head(results, settings), Promises(results, settings), Tables(results), Plot: null);

    private static List<Threshold> Promises(HeldResults results, HeldSettings settings) =>
    [
        Threshold.AtMost("Resident memory per held stream above the idle gateway, first pass", settings.MaxKiBPerStream, results.FirstPerStream, " KiB"),
        Threshold.AtMost("Heap after the second pass above that after the first, full collections behind both", settings.MaxGrowth, results.Growth, " %"),
        Threshold.None("Streams that were resolved wrongly", results.Passes.Sum(static pass => pass.Wrong)),
    ];

    private static string Head(HeldResults results, HeldSettings settings) => string.Create(CultureInfo.InvariantCulture, $"""
            dotnet run -c Release --project load-tests/PolicyGateway.LoadTests -- {settings.Arguments}

        - {TimeProvider.System.GetUtcNow():yyyy-MM-dd}, on {Machine.Describe()}. Driver, backend and gateway share the machine.
        - {settings.Streams:N0} streams at once through one gateway with the shipped policy, `release` set to `hold_all`. The backend sends
          {StreamScript.HeldBenign.Count * StreamScript.FrameBytes / 1024d:0.0} KiB of frames with {StreamScript.HeldBenign.Count * StreamScript.Characters:N0} characters of text and waits; the gateway has judged what has come. When all are held, the
          backend goes on, a hundred streams at a time: every other one ends harmlessly and must arrive byte for byte, the rest
          with a text that is refused, and of those nothing but the refusal may arrive. Every body is compared.
        - Resident memory is that of the process as the system counts it, garbage and free pages of the heap included: while all
          are held it is read before a collection is asked for. The gateway was idle at {results.Idle / 1e6:F0} MB.
        - The heap is that of the live objects, after two full collections that are asked for at the runtime's diagnostics port. The
          whole is done twice in one process: what the second pass leaves beyond the first would be a leak. The promise per stream is
          that of the first pass: the second begins in a process that has kept pages of the first, and its figure holds them, too.
        """);

    private static string Tables(HeldResults results)
    {
        var text = new StringBuilder("### Passes\n\n");
        text.AppendLine("| pass | streams | released whole | refused | of them by status 403 | wrong | held for at least | resident MB, held | KiB per stream | heap MB, held | resident MB, after | heap MB, after |");
        text.AppendLine("|---|---|---|---|---|---|---|---|---|---|---|---|");
        for (var i = 0; i < results.Passes.Count; i++)
        {
            var pass = results.Passes[i];
            text.AppendLine(
                CultureInfo.InvariantCulture,
                $"| {i + 1} | {pass.Streams:N0} | {pass.Released:N0} | {pass.Refused:N0} | {pass.Statuses:N0} | {pass.Wrong:N0} | {pass.HeldFor.TotalSeconds:F0} s | {pass.Held / 1e6:F0} | {results.PerStream(pass):F1} | {pass.HeapHeld / 1e6:F1} | {pass.After / 1e6:F0} | {pass.HeapAfter / 1e6:F1} |");
        }

        foreach (var fault in results.Faults)
        {
            text.AppendLine().AppendLine(CultureInfo.InvariantCulture, $"Wrong: `{fault.ReplaceLineEndings(" ")}`");
        }

        return text.ToString();
    }
}
