using System.Globalization;
using System.Text;

namespace PolicyGateway.LoadTests.Reporting;

/// <summary>A bar of a plot.</summary>
/// <param name="Label">Whose it is.</param>
/// <param name="Value">How long it is.</param>
/// <param name="Share">Share of bare YARP's.</param>
/// <param name="IsOurs">Whether it is the gateway's.</param>
internal sealed record Bar(string Label, double Value, double Share, bool IsOurs);

/// <summary>Figures of each target as bars; readable on a light and on a dark page.</summary>
internal static class BarPlot
{
    private const int RowHeight = 34;

    private const int BarWidth = 440;

    /// <param name="title">What the bars count.</param>
    /// <param name="bars">From top to bottom.</param>
    public static string Draw(string title, IReadOnlyList<Bar> bars)
    {
        var labels = Math.Max(110, bars.Max(static bar => bar.Label.Length) * 8);
        var width = labels + BarWidth + 110;
        var height = (bars.Count * RowHeight) + 40;
        var most = bars.Max(static bar => bar.Value);
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" font-family=\"sans-serif\" font-size=\"13\" role=\"img\" aria-label=\"{title}\">");
        text.AppendLine(CultureInfo.InvariantCulture, $"  <text x=\"0\" y=\"16\" fill=\"#808080\">{title} (share of bare YARP)</text>");
        for (var i = 0; i < bars.Count; i++)
        {
            var (bar, top, length) = (bars[i], 30 + (i * RowHeight), BarWidth * bars[i].Value / most);
            text.AppendLine(CultureInfo.InvariantCulture, $"  <text x=\"0\" y=\"{top + 16}\" fill=\"#808080\">{bar.Label}</text>");
            text.AppendLine(CultureInfo.InvariantCulture, $"  <rect x=\"{labels}\" y=\"{top}\" width=\"{length:F1}\" height=\"22\" rx=\"3\" fill=\"{(bar.IsOurs ? "#2f7ed8" : "#9aa5b1")}\"/>");
            text.AppendLine(CultureInfo.InvariantCulture, $"  <text x=\"{labels + length + 8:F1}\" y=\"{top + 16}\" fill=\"#808080\">{bar.Value:N0} ({bar.Share:F2})</text>");
        }

        return text.AppendLine("</svg>").ToString();
    }
}
