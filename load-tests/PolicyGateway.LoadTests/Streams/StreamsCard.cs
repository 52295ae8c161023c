using System.Globalization;
using System.Text;
using PolicyGateway.LoadTests.Load;
using PolicyGateway.LoadTests.Reporting;
using PolicyGateway.LoadTests.Servers;

namespace PolicyGateway.LoadTests.Streams;

/// <summary>The card of <c>streams</c>.</summary>
internal static class StreamsCard
{
    public static Card Of(StreamsResults results, StreamsSettings settings) =>
        new("streams", "Streams", Head(results, settings), Promises(results, settings), Tables(results), Plot(results));

    private static List<Threshold> Promises(StreamsResults results, StreamsSettings settings) =>
    [
        Threshold.AtLeast(
            "Frames a second passed through, as a share of bare YARP's", settings.MinPassThrough,
            results.AgainstYarp(StreamsResults.PassThrough, StreamScript.Fast, static (one, yarp) => one.Rate / yarp.Rate)),
        Threshold.AtMost(
            "CPU per frame that passing through adds to bare YARP's", settings.MaxAddedCpu,
            results.AgainstYarp(StreamsResults.PassThrough, StreamScript.Fast, static (one, yarp) => one.Cpu - yarp.Cpu), " us"),
        Threshold.AtLeast(
            "Frames a second in windows, the judge's CPU excluded, as a share of bare YARP's", settings.MinWindow,
            results.AgainstYarp(StreamsResults.Window, StreamScript.Fast, static (one, yarp) => one.RateWithoutJudge / yarp.Rate)),
        Threshold.AtMost(
            string.Create(CultureInfo.InvariantCulture, $"Time to the first token at p99 that passing through adds to bare YARP's (n = {results[StreamsResults.PassThrough].First.Requests:N0})"),
            settings.MaxAddedFirst, results.AddedFirst(StreamsResults.PassThrough, 99), " ms"),
        Threshold.None("Streams that did not arrive whole", results.Failures),
    ];

    private static string Plot(StreamsResults results) => BarPlot.Draw(
        "Frames a second",
        [.. StreamsResults.Names.Select(name => new Bar(
            name,
            results.Median(name, StreamScript.Fast, static round => round.Rate),
            results.AgainstYarp(name, StreamScript.Fast, static (one, yarp) => one.Rate / yarp.Rate),
            name is StreamsResults.PassThrough or StreamsResults.Window))]);

    private static string Head(StreamsResults results, StreamsSettings settings) => string.Create(CultureInfo.InvariantCulture, $"""
            dotnet run -c Release --project load-tests/PolicyGateway.LoadTests -- {settings.Arguments}

        - {TimeProvider.System.GetUtcNow():yyyy-MM-dd}, on {Machine.Describe()}. Driver, backend and system share the machine.
        - A frame is a chat completion chunk of {StreamScript.FrameBytes} bytes, {StreamScript.Characters} characters of them text. {settings.Streams} streams of {StreamScript.Fast.Count:N0} frames at
          once, as fast as they are read; the backend sends each frame by itself, or {StreamScript.Bulk.PerSend} at a time. Whoever reads late reads several
          at once, a proxy too. A stream counts when all of its bytes arrived. Thresholds are for frames one by one, as a model sends
          them: there each system is busy with sending and receiving, backend and driver on the same cores as well, which draws the
          ratios towards 1. Of frames in bulk bare YARP copies bytes where the gateway still reads each frame.
        - "Passed through" is the shipped policy with `allow_unjudged` in every category: text leaves at once and is judged behind.
          "In windows" is the shipped policy: text leaves when 200 characters behind it were judged, with the shipped model.
        - {settings.Rounds} rounds of {settings.Duration.TotalSeconds:0} s per system and load, in turns, after {settings.WarmUp.TotalSeconds:0} s of warm-up each. Figures are medians of the rounds, ratios
          and differences medians of those within a round. {results.Sum():N0} frames in all.
        - CPU is that of the system's own process, per frame. The judge's time is the gateway's own metric
          `policygateway.classification.duration` without the wait for a lane: time by the clock of a call that computes and never
          waits. Its threads do wait for a core on a busy machine, so its CPU is that time in the proportion in which the
          process's threads ran when they could (`/proc`). "Without judge" is frames a second had that CPU been free.
        """);

    private static long Sum(this StreamsResults results) => StreamsResults.Names.Sum(name => results[name].Rounds.Concat(results[name].Bulk).Sum(static round => round.Frames));

    private static string Tables(StreamsResults results)
    {
        var text = new StringBuilder();
        Frames(text, results, StreamScript.Fast, "Frames, one by one");
        Frames(text, results, StreamScript.Bulk, string.Create(CultureInfo.InvariantCulture, $"Frames, {StreamScript.Bulk.PerSend} at a time"));
        First(text, results);
        Lags(text, results);
        return text.ToString();
    }

    private static void Frames(StringBuilder text, StreamsResults results, StreamScript script, string title)
    {
        text.AppendLine(CultureInfo.InvariantCulture, $"### {title}").AppendLine();
        text.AppendLine("| system | frames/s | of bare YARP | without judge | of bare YARP | CPU us | added to bare YARP | judge's CPU us | judge's time us | frames |");
        text.AppendLine("|---|---|---|---|---|---|---|---|---|---|");
        foreach (var name in StreamsResults.Names)
        {
            double Of(Func<FrameRound, double> figure) => results.Median(name, script, figure);
            double Against(Func<FrameRound, FrameRound, double> figure) => results.AgainstYarp(name, script, figure);
            text.AppendLine(
                CultureInfo.InvariantCulture,
                $"| {name} | {Of(static one => one.Rate):N0} | {Against(static (one, yarp) => one.Rate / yarp.Rate):F2} | {Of(static one => one.RateWithoutJudge):N0} | {Against(static (one, yarp) => one.RateWithoutJudge / yarp.Rate):F2} | {Of(static one => one.Cpu):F1} | {Against(static (one, yarp) => one.Cpu - yarp.Cpu):F1} | {Of(static one => one.Judge):F1} | {Of(static one => one.JudgeClock):F1} | {results.Rounds(name, script).Sum(static round => round.Frames):N0} |");
        }

        text.AppendLine();
    }

    private static void First(StringBuilder text, StreamsResults results)
    {
        var script = StreamScript.FirstToken;
        text.AppendLine("### Time to the first token").AppendLine();
        text.AppendLine(CultureInfo.InvariantCulture, $"Streams of {script.Count} frames, {1 / script.Pace.TotalSeconds:0} a second, the first {script.Prefill.TotalMilliseconds:0} ms behind the request as a model needs them to read it. The backend's own time, which its first frame tells, is taken off: what is left is the way there and back. In windows a stream this short leaves at its end.").AppendLine();
        text.AppendLine("| system | p50 ms | p90 | p99 | p99.9 | added p50 ms | added p99 | n |").AppendLine("|---|---|---|---|---|---|---|---|");
        foreach (var name in StreamsResults.Names)
        {
            var first = results[name].First;
            var latency = Percentiles.Of(first.FirstByte);
            text.AppendLine(
                CultureInfo.InvariantCulture,
                $"| {name} | {latency.P50:F3} | {latency.P90:F3} | {latency.P99:F3} | {latency.P999:F3} | {results.AddedFirst(name, 50):F3} | {results.AddedFirst(name, 99):F3} | {first.Requests:N0} |");
        }
    }

    private static void Lags(StringBuilder text, StreamsResults results)
    {
        var script = StreamScript.Paced;
        text.AppendLine().AppendLine("### Lag").AppendLine();
        text.AppendLine(CultureInfo.InvariantCulture, $"Streams of {script.Count} frames, {1 / script.Pace.TotalSeconds:0} a second: characters sent and not yet released between two frames, and the time from when a frame was due to its arrival.").AppendLine();
        text.AppendLine("| system | characters p50 | p99 | most | ms p50 | p99 | most | streams |").AppendLine("|---|---|---|---|---|---|---|---|");
        foreach (var name in StreamsResults.Names)
        {
            var lag = results[name].Lag;
            text.AppendLine(
                CultureInfo.InvariantCulture,
                $"| {name} | {Percentiles.At(lag.Characters, 50)} | {Percentiles.At(lag.Characters, 99)} | {Percentiles.At(lag.Characters, 100)} | {Percentiles.Milliseconds(lag.Time, 50):F1} | {Percentiles.Milliseconds(lag.Time, 99):F1} | {Percentiles.Milliseconds(lag.Time, 100):F1} | {lag.Streams:N0} |");
        }
    }
}
