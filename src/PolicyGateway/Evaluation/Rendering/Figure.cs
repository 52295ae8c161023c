using System.Globalization;
using PolicyGateway.Evaluation.Statistics;

namespace PolicyGateway.Evaluation.Rendering;

/// <summary>A figure as it is written in a cell: the value, and what goes below it in small print.</summary>
internal readonly record struct Figure(string Main, string Small = "")
{
    public static Figure Cell(Estimate? estimate) => estimate is null
        ? new("–")
        : new(Three(estimate.Value), $"{Three(estimate.Low)} – {Three(estimate.High)}");

    public static Figure Cell(Rate? rate) => rate is null
        ? new("–")
        : new($"{Number(100 * rate.Value)} %", $"{Number(100 * rate.Low)} – {Number(100 * rate.High)}");

    public static Figure Cell(double? value, string format = "0.000") =>
        new(value?.ToString(format, CultureInfo.InvariantCulture) ?? "–");

    public static Figure Cell(int count) => new(count.ToString("N0", CultureInfo.InvariantCulture));

    public static string Of(Estimate estimate) => $"{Three(estimate.Value)} ({Three(estimate.Low)} to {Three(estimate.High)})";

    public static string Of(Rate rate) =>
        string.Create(CultureInfo.InvariantCulture, $"{Axis.Percent(Math.Round(rate.Value, 4))} ({rate.Count} of {rate.Of}; {Number(100 * rate.Low)} to {Number(100 * rate.High)} %)");

    public static implicit operator Figure(string text) => new(text);

    private static string Three(double value) => value.ToString("0.000", CultureInfo.InvariantCulture);

    private static string Number(double value) => value.ToString("0.0", CultureInfo.InvariantCulture);
}
