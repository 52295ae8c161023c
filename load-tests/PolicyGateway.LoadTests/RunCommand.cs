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
        var connections = Number("--connections", "Connections of the closed loop.", defaults.Connections, 1, 1024);
        var rounds = Number("--rounds", "Interleaved rounds; medians are reported.", defaults.Rounds, 1, 50);
        var seconds = Number("--seconds", "Length of one measurement.", (int)defaults.Duration.TotalSeconds, 1, 300);
        var warmUp = Number("--warm-up", "Seconds of load before the first round, per target.", (int)defaults.WarmUp.TotalSeconds, 0, 300);
        var rate = Limit("--rate", "Requests a second of the open loop; 0: half of the gateway's closed loop.", 0);
        var output = new Option<string?>("--output") { Description = "Report to write. Default: docs/benchmarks.md, with --quick none." };
        var minRatio = Limit("--min-ratio", "Least ratio of the gateway's requests a second to bare YARP's.", defaults.MinRatio);
        var maxAdded = Limit("--max-added-p50-ms", "Most that the gateway adds to the direct median, one connection.", defaults.MaxAddedP50);
        var maxReady = Limit("--max-ready-s", "Most seconds from start to ready.", defaults.MaxReady);
        var maxResident = Limit("--max-resident-mb", "Most resident memory of the gateway.", defaults.MaxResident);
        var command = new Command("run", "Measure all targets and check the thresholds.")
        {
            quick, connections, rounds, seconds, warmUp, rate, output, minRatio, maxAdded, maxReady, maxResident,
        };
        command.SetAction((parsed, cancellationToken) =>
        {
            var isQuick = parsed.GetValue(quick);
            bool IsLax(Option option) => isQuick && (parsed.GetResult(option)?.Implicit ?? true);
            return RunAsync(
                new RunSettings
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
                },
                cancellationToken);
        });
        return command;
    }

    private static async Task<int> RunAsync(RunSettings settings, CancellationToken cancellationToken)
    {
        try
        {
            var results = await Runner.RunAsync(settings, cancellationToken);
            var thresholds = Thresholds.Of(results, settings);
            await Console.Out.WriteLineAsync(MarkdownReport.Tables(results, thresholds));
            if (settings.Output is { } path)
            {
                await MarkdownReport.WriteAsync(path, results, thresholds, settings, cancellationToken);
                Progress.Say($"wrote {path}");
            }

            return thresholds.All(threshold => threshold.Holds) ? 0 : 1;
        }
        catch (LoadTestFault fault)
        {
            await Console.Error.WriteLineAsync(fault.Message);
            return 2;
        }
    }

    private static Option<int> Number(string name, string description, int value, int least, int most)
    {
        var option = new Option<int>(name) { Description = $"{description} {least} to {most}, default {value}.", DefaultValueFactory = _ => value };
        option.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && int.TryParse(token.Value, out var given) && (given < least || given > most))
            {
                result.AddError($"{name} must be from {least} to {most}.");
            }
        });
        return option;
    }

    private static Option<double> Limit(string name, string description, double value) =>
        new(name) { Description = FormattableString.Invariant($"{description} Default {value}."), DefaultValueFactory = _ => value };
}
