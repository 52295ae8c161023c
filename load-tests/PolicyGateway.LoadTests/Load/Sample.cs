using HdrHistogram;

namespace PolicyGateway.LoadTests.Load;

/// <summary>What a measurement heard: latencies in microseconds, to three digits, and how many requests failed.</summary>
internal sealed class Sample
{
    // One microsecond to ten minutes.
    private const long Longest = 600_000_000;

    public LongHistogram LastByte { get; } = new(Longest, 3);

    public LongHistogram FirstByte { get; } = new(Longest, 3);

    public long Failures { get; private set; }

    public long Bytes { get; private set; }

    /// <summary>The first failure in words; null while there is none.</summary>
    public string? Fault { get; private set; }

    public long Requests => LastByte.TotalCount;

    /// <param name="intended">When the request should have been sent.</param>
    /// <param name="response">What came of it.</param>
    /// <param name="isExpected">Whether that was the right answer.</param>
    public void Hear(long intended, Response response, bool isExpected)
    {
        if (!isExpected)
        {
            Fail($"status {response.Status}, {response.BodyBytes} bytes of body");
            return;
        }

        FirstByte.RecordValue(Microseconds(intended, response.FirstByte));
        LastByte.RecordValue(Microseconds(intended, response.LastByte));
        Bytes += response.BodyBytes;
    }

    public void Fail(string fault)
    {
        Failures++;
        Fault ??= fault;
    }

    public void Add(Sample other)
    {
        LastByte.Add(other.LastByte);
        FirstByte.Add(other.FirstByte);
        Failures += other.Failures;
        Bytes += other.Bytes;
        Fault ??= other.Fault;
    }

    /// <summary>How many failed, and how the first did.</summary>
    public string Failed() => Fault is null ? "0 failed" : $"{Failures} failed ({Fault})";

    private static long Microseconds(long from, long to) =>
        Math.Clamp((long)TimeProvider.System.GetElapsedTime(from, to).TotalMicroseconds, 1, Longest - 1);
}
