using System.Globalization;

namespace PolicyGateway.Evaluation.Rendering;

/// <summary>One axis of a plot.</summary>
/// <param name="Label">What it measures.</param>
/// <param name="Low">The value at its start.</param>
/// <param name="High">The value at its end.</param>
/// <param name="IsLog">Whether equal factors take equal room; <paramref name="Low"/> is above 0 then.</param>
/// <param name="Ticks">Values with what is written beside them.</param>
internal sealed record Axis(string Label, double Low, double High, bool IsLog, IReadOnlyList<(double At, string Text)> Ticks)
{
    /// <summary>A share from 0 to 1, in fifths.</summary>
    public static Axis Share(string label) =>
        new(label, 0, 1, IsLog: false, [.. Enumerable.Range(0, 6).Select(fifth => (fifth / 5.0, Percent(fifth / 5.0)))]);

    /// <summary>A share from a tenth of a thousandth to 1, by decades.</summary>
    public static Axis SmallShare(string label) =>
        new(label, 0.0001, 1, IsLog: true, [.. new[] { 0.0001, 0.001, 0.01, 0.1, 1 }.Select(at => (at, Percent(at)))]);

    /// <summary>From 0 to a round number that holds <paramref name="most"/>.</summary>
    public static Axis UpTo(string label, double most, Func<double, string> text)
    {
        var step = Math.Pow(10, Math.Floor(Math.Log10(Math.Max(most, 1e-9) / 2)));
        step *= most / step > 10 ? 5 : most / step > 5 ? 2 : 1;
        var steps = Math.Max(1, (int)Math.Ceiling((most / step) - 1e-9));
        return new Axis(label, 0, steps * step, IsLog: false, [.. Enumerable.Range(0, steps + 1).Select(i => (i * step, text(i * step)))]);
    }

    /// <summary>Where a value stands, from 0 at the start to 1 at the end; values beyond an end stand at it.</summary>
    public double Place(double value)
    {
        var place = IsLog
            ? Math.Log(Math.Max(value, Low) / Low) / Math.Log(High / Low)
            : (value - Low) / (High - Low);
        return Math.Clamp(place, 0, 1);
    }

    public static string Percent(double share) => string.Create(CultureInfo.InvariantCulture, $"{100 * share:0.##} %");
}
