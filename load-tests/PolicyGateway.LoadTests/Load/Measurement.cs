using HdrHistogram;

namespace PolicyGateway.LoadTests.Load;

/// <summary>One round of one load on one target. Latencies in milliseconds.</summary>
/// <param name="Requests">How many were answered 200.</param>
/// <param name="Failures">How many were not.</param>
/// <param name="Rate">Requests a second that were answered 200.</param>
/// <param name="Cpu">Microseconds of CPU per request, of the target's process only.</param>
/// <param name="LastByte">Until the response was complete.</param>
/// <param name="FirstByte">Until its first byte, for a stream that of its first chunk.</param>
internal sealed record Measurement(long Requests, long Failures, double Rate, double Cpu, Percentiles LastByte, Percentiles FirstByte)
{
    public static Measurement Of(Sample sample, TimeSpan elapsed, TimeSpan cpu) => new(
        sample.Requests,
        sample.Failures,
        sample.Requests / elapsed.TotalSeconds,
        cpu.TotalMicroseconds / Math.Max(1, sample.Requests),
        Percentiles.Of(sample.LastByte),
        Percentiles.Of(sample.FirstByte));
}

/// <summary>In milliseconds.</summary>
internal sealed record Percentiles(double P50, double P90, double P99, double P999)
{
    public static Percentiles Of(HistogramBase microseconds) => new(
        Milliseconds(microseconds, 50), Milliseconds(microseconds, 90), Milliseconds(microseconds, 99), Milliseconds(microseconds, 99.9));

    /// <summary>Not a number where nothing was heard.</summary>
    public static double Milliseconds(HistogramBase microseconds, double percentile) => At(microseconds, percentile) / 1000;

    public static double At(HistogramBase values, double percentile) =>
        values.TotalCount == 0 ? double.NaN : values.GetValueAtPercentile(percentile);
}
