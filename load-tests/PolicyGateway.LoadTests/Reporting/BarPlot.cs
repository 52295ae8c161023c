using System.Globalization;
using System.Text;
using PolicyGateway.LoadTests.Load;

namespace PolicyGateway.LoadTests.Reporting;

/// <summary>Requests a second of each target as bars; readable on a light and on a dark page.</summary>
internal static class BarPlot
{
    private const int RowHeight = 34;

    private const int LabelWidth = 110;

    private const int BarWidth = 440;

    private const int Width = LabelWidth + BarWidth + 110;

    public static string Draw(Results results)
    {
        var series = results.Series.Where(one => one.Kind == LoadKind.Throughput).ToList();
        var most = series.Max(one => one.Median(round => round.Rate));
        var text = new StringBuilder();
        var height = (series.Count * RowHeight) + 40;
        text.AppendLine(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {height}\" width=\"{Width}\" height=\"{height}\" font-family=\"sans-serif\" font-size=\"13\" role=\"img\" aria-label=\"Requests a second by target\">");
        text.AppendLine("  <text x=\"0\" y=\"16\" fill=\"#808080\">Requests a second, benign, 1 KB in and out (share of bare YARP)</text>");
        for (var i = 0; i < series.Count; i++)
        {
            var rate = series[i].Median(round => round.Rate);
            var (top, width) = (30 + (i * RowHeight), BarWidth * rate / most);
            var fill = series[i].Target == Results.Gateway ? "#2f7ed8" : "#9aa5b1";
            text.AppendLine(CultureInfo.InvariantCulture, $"  <text x=\"0\" y=\"{top + 16}\" fill=\"#808080\">{series[i].Target}</text>");
            text.AppendLine(CultureInfo.InvariantCulture, $"  <rect x=\"{LabelWidth}\" y=\"{top}\" width=\"{width:F1}\" height=\"22\" rx=\"3\" fill=\"{fill}\"/>");
            text.AppendLine(CultureInfo.InvariantCulture, $"  <text x=\"{LabelWidth + width + 8:F1}\" y=\"{top + 16}\" fill=\"#808080\">{rate:N0} ({results.RatioToYarp(series[i].Target, LoadKind.Throughput):F2})</text>");
        }

        return text.AppendLine("</svg>").ToString();
    }
}
