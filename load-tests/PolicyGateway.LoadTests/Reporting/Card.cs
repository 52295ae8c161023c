using System.Globalization;
using System.Text;

namespace PolicyGateway.LoadTests.Reporting;

/// <summary>What one command measured, as a section of the report.</summary>
/// <param name="Name">Of the command.</param>
/// <param name="Title">The section's heading.</param>
/// <param name="Head">On what and how it was measured.</param>
/// <param name="Thresholds">What it must show.</param>
/// <param name="Tables">The figures.</param>
/// <param name="Plot">An image, as SVG, or null.</param>
internal sealed record Card(string Name, string Title, string Head, IReadOnlyList<Threshold> Thresholds, string Tables, string? Plot)
{
    /// <summary>Promises and figures, as they are printed and as they are reported.</summary>
    public string Figures() => Promises() + Tables;

    /// <summary>Measures, prints, and writes the report: 0 when every threshold holds, 1 when one does not, 2 when nothing could be measured.</summary>
    public static async Task<int> PublishAsync(Func<CancellationToken, Task<Card>> measureAsync, string? output, CancellationToken cancellationToken)
    {
        try
        {
            if (!OperatingSystem.IsLinux())
            {
                throw new LoadTestFault("CPU and memory of the servers are read from /proc: run the load tests on Linux, or in a Linux container.");
            }

            var card = await measureAsync(cancellationToken);
            await Console.Out.WriteLineAsync(card.Figures());
            if (output is not null)
            {
                await ReportFile.WriteAsync(output, card, cancellationToken);
                Progress.Say($"wrote {output}");
            }

            return card.Thresholds.All(threshold => threshold.Holds) ? 0 : 1;
        }
        catch (LoadTestFault fault)
        {
            await Console.Error.WriteLineAsync(fault.Message);
            return 2;
        }
    }

    private string Promises()
    {
        var text = new StringBuilder("### Thresholds\n\n| promise | limit | measured | |\n|---|---|---|---|\n");
        foreach (var threshold in Thresholds)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"| {threshold.Promise} | {threshold.Limit} | {threshold.Measured} | {(threshold.Holds ? "holds" : "**broken**")} |");
        }

        return text.AppendLine().ToString();
    }
}
