using System.Globalization;
using System.Text;
using PolicyGateway.LoadTests.Load;

namespace PolicyGateway.LoadTests.Reporting;

/// <summary>The card of <c>run</c>.</summary>
internal static class RunCard
{
    public static Card Of(Results results, RunSettings settings) => new(
        "run", "Requests", Head(results, settings), Thresholds.Of(results, settings), Tables(results), Plot(results));

    private static string Plot(Results results) => BarPlot.Draw(
        "Requests a second, benign, 1 KB in and out",
        [.. results.Series.Where(static one => one.Kind == LoadKind.Throughput).Select(one => new Bar(
            one.Target, one.Median(static round => round.Rate), results.RatioToYarp(one.Target, LoadKind.Throughput), one.Target == Results.Gateway))]);

    private static string Tables(Results results)
    {
        var text = new StringBuilder();
        Latencies(text, results, LoadKind.Throughput, "Benign, many connections");
        Latencies(text, results, LoadKind.OneConnection, "Benign, one connection");
        Streams(text, results);
        Latencies(text, results, LoadKind.FixedRate, string.Create(CultureInfo.InvariantCulture, $"Benign, {results.Rate:F0} requests a second whatever happens"));
        text.AppendLine("### The process").AppendLine();
        text.AppendLine(
            CultureInfo.InvariantCulture,
            $"Ready {Series.MedianOf(results.Ready):F2} s after its start (median of {results.Ready.Count}), then {results.ResidentWhenReady:F0} MB resident; {results.ResidentAtMost:F0} MB at the highest.");
        foreach (var note in results.Notes)
        {
            text.AppendLine().AppendLine(note);
        }

        return text.ToString();
    }

    private static string Head(Results results, RunSettings settings) => string.Create(CultureInfo.InvariantCulture, $"""
            dotnet run -c Release --project load-tests/PolicyGateway.LoadTests -- {settings.Arguments}

        - {TimeProvider.System.GetUtcNow():yyyy-MM-dd}, on {Machine.Describe()}. Driver, backend and target share the machine.
        - The same scripted backend stands behind every target; it answers at once. A benign request has a body of 1 KB and
          its completion 1 KB. The gateway does all that it does in service: token, strict reading, classification of the
          prompt and of the exchange by the first stage (no score is kept for a text that comes again), decision, hold, record,
          10 % of requests traced, metrics.
        - {settings.Rounds} rounds of {settings.Duration.TotalSeconds:0} s per target and load, in turns, after {settings.WarmUp.TotalSeconds:0} s of warm-up each. Figures are medians of the
          rounds, ratios medians of the ratios within a round. {results.Series.Sum(series => series.Requests):N0} requests in all.
        - CPU is that of the target's own process, per request. Latency is until the last byte, unless a column says otherwise.
        """);

    private static void Latencies(StringBuilder text, Results results, LoadKind kind, string title)
    {
        text.AppendLine(CultureInfo.InvariantCulture, $"### {title}").AppendLine();
        text.AppendLine("| target | requests/s | of bare YARP | p50 ms | p90 | p99 | p99.9 | added p50 ms | CPU us | requests |");
        text.AppendLine("|---|---|---|---|---|---|---|---|---|---|");
        foreach (var series in results.Series.Where(series => series.Kind == kind))
        {
            text.AppendLine(
                CultureInfo.InvariantCulture,
                $"| {series.Target} | {series.Median(one => one.Rate):N0} | {results.RatioToYarp(series.Target, kind):F2} | {series.Median(one => one.LastByte.P50):F3} | {series.Median(one => one.LastByte.P90):F3} | {series.Median(one => one.LastByte.P99):F3} | {series.Median(one => one.LastByte.P999):F3} | {results.AddedP50(series.Target, Results.Direct, kind):F3} | {series.Median(one => one.Cpu):F0} | {series.Requests:N0} |");
        }

        if (kind == LoadKind.FixedRate)
        {
            text.AppendLine().AppendLine("Latency counts from the intended time of sending. The driver's timer is 1 ms coarse, and that is in every row.");
        }

        text.AppendLine();
    }

    private static void Streams(StringBuilder text, Results results)
    {
        text.AppendLine("### Dual-use, streamed, many connections").AppendLine();
        text.AppendLine("The gateway holds the stream until the whole completion has its verdict and its record is durable, then releases it to a cleared professional; so first and last byte leave together.").AppendLine();
        text.AppendLine("| target | streams/s | of bare YARP | first byte p50 ms | p99 | last byte p50 ms | p99 | CPU us | streams |");
        text.AppendLine("|---|---|---|---|---|---|---|---|---|");
        foreach (var series in results.Series.Where(series => series.Kind == LoadKind.Stream))
        {
            text.AppendLine(
                CultureInfo.InvariantCulture,
                $"| {series.Target} | {series.Median(one => one.Rate):N0} | {results.RatioToYarp(series.Target, LoadKind.Stream):F2} | {series.Median(one => one.FirstByte.P50):F3} | {series.Median(one => one.FirstByte.P99):F3} | {series.Median(one => one.LastByte.P50):F3} | {series.Median(one => one.LastByte.P99):F3} | {series.Median(one => one.Cpu):F0} | {series.Requests:N0} |");
        }

        text.AppendLine();
    }
}
