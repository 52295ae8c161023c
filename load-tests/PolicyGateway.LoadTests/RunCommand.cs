using System.CommandLine;
using PolicyGateway.LoadTests.Reporting;

namespace PolicyGateway.LoadTests;

/// <summary><c>run</c>: measures everything in one go and fails when a threshold is broken.</summary>
internal static class RunCommand
{
    public static Command Create()
    {
        var defaults = new RunSettings();
        var quick = new Option<bool>("--quick") { Description = "One short round per target, no report and no speed limits but those given: a smoke test, not a figure." };
        var connections = Bounded.Number("--connections", "Connections of the closed loop.", defaults.Connections, 1, 1024);
        var rounds = Bounded.Number("--rounds", "Interleaved rounds; medians are reported.", defaults.Rounds, 1, 50);
        var seconds = Bounded.Number("--seconds", "Length of one measurement.", (int)defaults.Duration.TotalSeconds, 1, 300);
        var warmUp = Bounded.Number("--warm-up", "Seconds of load before the first round, per target.", (int)defaults.WarmUp.TotalSeconds, 0, 300);
        var rate = Bounded.Limit("--rate", "Requests a second of the open loop; 0: half of the gateway's closed loop.", 0);
        var output = Bounded.Output();
        var minRatio = Bounded.Limit("--min-ratio", "Least ratio of the gateway's requests a second to bare YARP's.", defaults.MinRatio);
        var maxAdded = Bounded.Limit("--max-added-p50-ms", "Most that the gateway adds to the direct median, one connection.", defaults.MaxAddedP50);
        var maxReady = Bounded.Limit("--max-ready-s", "Most seconds from start to ready.", defaults.MaxReady);
        var maxResident = Bounded.Limit("--max-resident-mb", "Most resident memory of the gateway.", defaults.MaxResident);
        var command = new Command("run", "Measure all targets and check the thresholds.")
        {
            quick, connections, rounds, seconds, warmUp, rate, output, minRatio, maxAdded, maxReady, maxResident,
        };
        command.SetAction((parsed, cancellationToken) =>
        {
            var isQuick = parsed.GetValue(quick);
            bool IsLax(Option option) => isQuick && parsed.IsImplicit(option);
            var settings = new RunSettings
            {
                Connections = parsed.GetValue(connections),
                Rounds = isQuick ? 1 : parsed.GetValue(rounds),
                Duration = TimeSpan.FromSeconds(isQuick ? 2 : parsed.GetValue(seconds)),
                WarmUp = TimeSpan.FromSeconds(isQuick ? 2 : parsed.GetValue(warmUp)),
                Rate = parsed.GetValue(rate),
                Output = parsed.GetValue(output) ?? (isQuick ? null : defaults.Output),

                // Two seconds are too few for the compiler: a quick run holds the gateway to a speed only where asked.
                MinRatio = IsLax(minRatio) ? 0 : parsed.GetValue(minRatio),
                MaxAddedP50 = IsLax(maxAdded) ? double.PositiveInfinity : parsed.GetValue(maxAdded),
                MaxReady = parsed.GetValue(maxReady),
                MaxResident = parsed.GetValue(maxResident),
                Arguments = string.Join(' ', parsed.Tokens.Select(token => token.Value)),
            };
            return Card.PublishAsync(
                async stop => RunCard.Of(await Runner.RunAsync(settings, stop), settings), settings.Output, cancellationToken);
        });
        return command;
    }
}
