using System.CommandLine;
using PolicyGateway.LoadTests.Reporting;

namespace PolicyGateway.LoadTests.Held;

/// <summary><c>held</c>: what many streams cost that wait for their verdict at once, and what stays of them.</summary>
internal static class HeldCommand
{
    private const int QuickStreams = 200;

    public static Command Create()
    {
        var defaults = new HeldSettings();
        var quick = new Option<bool>("--quick") { Description = $"{QuickStreams} streams, no report and no limit on memory but those given: a smoke test, not a figure." };
        var streams = Bounded.Number("--streams", "Streams held at once.", defaults.Streams, 2, 20_000);
        var output = Bounded.Output();
        var each = Bounded.Limit("--max-kib-per-stream", "Most KiB of resident memory per held stream.", defaults.MaxKiBPerStream);
        var growth = Bounded.Limit("--max-growth-percent", "Most percent by which the heap is larger after the second pass than after the first.", defaults.MaxGrowth);
        var command = new Command("held", "Hold streams, resolve half of them each way, twice, and check verdicts and memory.") { quick, streams, output, each, growth };
        command.SetAction((parsed, cancellationToken) =>
        {
            var isQuick = parsed.GetValue(quick);
            double Most(Option<double> option) => isQuick && parsed.IsImplicit(option) ? double.PositiveInfinity : parsed.GetValue(option);
            var settings = new HeldSettings
            {
                Streams = isQuick && parsed.IsImplicit(streams) ? QuickStreams : parsed.GetValue(streams),
                Output = parsed.GetValue(output) ?? (isQuick ? null : defaults.Output),
                Arguments = string.Join(' ', parsed.Tokens.Select(token => token.Value)),
                MaxKiBPerStream = Most(each),
                MaxGrowth = Most(growth),
            };
            return Card.PublishAsync(
                async stop => HeldCard.Of(await HeldRunner.RunAsync(settings, stop), settings), settings.Output, cancellationToken);
        });
        return command;
    }
}
