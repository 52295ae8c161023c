using System.CommandLine;
using PolicyGateway.LoadTests.Reporting;

namespace PolicyGateway.LoadTests.Streams;

/// <summary><c>streams</c>: what the gateway costs per frame, to the first token, and in lag.</summary>
internal static class StreamsCommand
{
    public static Command Create()
    {
        var defaults = new StreamsSettings();
        var quick = new Option<bool>("--quick") { Description = "One short round, no report and no limits but those given: a smoke test, not a figure." };
        var streams = Bounded.Number("--streams", "Streams at once that come as fast as they are read.", defaults.Streams, 1, 256);
        var paced = Bounded.Number("--paced-streams", "Streams at once at the pace of a model.", defaults.PacedStreams, 1, 256);
        var rounds = Bounded.Number("--rounds", "Interleaved rounds.", defaults.Rounds, 1, 50);
        var seconds = Bounded.Number("--seconds", "Length of one measurement.", (int)defaults.Duration.TotalSeconds, 1, 300);
        var warmUp = Bounded.Number("--warm-up", "Seconds of load before the first round, per system.", (int)defaults.WarmUp.TotalSeconds, 0, 300);
        var output = Bounded.Output();
        var passThrough = Bounded.Limit("--min-pass-through", "Least ratio of frames a second to bare YARP's, passed through.", defaults.MinPassThrough);
        var cpu = Bounded.Limit("--max-added-cpu-us", "Most CPU per frame that passing through adds to bare YARP's.", defaults.MaxAddedCpu);
        var window = Bounded.Limit("--min-window", "Least ratio of frames a second to bare YARP's, in windows, the judge's CPU excluded.", defaults.MinWindow);
        var first = Bounded.Limit("--max-added-first-ms", "Most that passing through adds to the 99th percentile of the time to the first token.", defaults.MaxAddedFirst);
        var command = new Command("streams", "Measure frames a second, CPU per frame, the time to the first token and the lag, and check the thresholds.")
        {
            quick, streams, paced, rounds, seconds, warmUp, output, passThrough, cpu, window, first,
        };
        command.SetAction((parsed, cancellationToken) =>
        {
            var isQuick = parsed.GetValue(quick);
            double Least(Option<double> option) => isQuick && parsed.IsImplicit(option) ? 0 : parsed.GetValue(option);
            double Most(Option<double> option) => isQuick && parsed.IsImplicit(option) ? double.PositiveInfinity : parsed.GetValue(option);
            var settings = new StreamsSettings
            {
                Streams = parsed.GetValue(streams),
                PacedStreams = parsed.GetValue(paced),
                Rounds = isQuick ? 1 : parsed.GetValue(rounds),
                Duration = TimeSpan.FromSeconds(isQuick ? 2 : parsed.GetValue(seconds)),
                WarmUp = TimeSpan.FromSeconds(isQuick ? 2 : parsed.GetValue(warmUp)),
                Output = parsed.GetValue(output) ?? (isQuick ? null : defaults.Output),
                Arguments = string.Join(' ', parsed.Tokens.Select(token => token.Value)),
                MinPassThrough = Least(passThrough),
                MaxAddedCpu = Most(cpu),
                MinWindow = Least(window),
                MaxAddedFirst = Most(first),
            };
            return Card.PublishAsync(
                async stop => StreamsCard.Of(await StreamsRunner.RunAsync(settings, stop), settings), settings.Output, cancellationToken);
        });
        return command;
    }
}
