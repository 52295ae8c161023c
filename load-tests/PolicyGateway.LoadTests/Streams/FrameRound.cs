using PolicyGateway.LoadTests.Load;
using PolicyGateway.LoadTests.Servers;

namespace PolicyGateway.LoadTests.Streams;

/// <summary>One round of streams that come as fast as they are read.</summary>
/// <param name="Frames">How many passed, in streams that arrived whole.</param>
/// <param name="Failures">Streams that did not.</param>
/// <param name="Rate">Frames a second.</param>
/// <param name="RateWithoutJudge">The same, had the judge taken no CPU.</param>
/// <param name="Cpu">Microseconds of CPU per frame, of the system's process.</param>
/// <param name="Judge">Microseconds of it in which the judge ran.</param>
/// <param name="JudgeClock">Microseconds that the judge took by the clock.</param>
internal sealed record FrameRound(long Frames, long Failures, double Rate, double RateWithoutJudge, double Cpu, double Judge, double JudgeClock)
{
    public static FrameRound Of(Sample sample, StreamScript script, TimeSpan elapsed, Usage usage)
    {
        var frames = sample.Requests * script.Count;
        var each = (double)Math.Max(1, frames);

        // The machine is busy, all cores of it, so what one part does not use the others get.
        var without = elapsed - (usage.Judge / Environment.ProcessorCount);
        return new FrameRound(
            frames,
            sample.Failures,
            frames / elapsed.TotalSeconds,
            frames / without.TotalSeconds,
            usage.Cpu.TotalMicroseconds / each,
            usage.Judge.TotalMicroseconds / each,
            usage.Judged.TotalMicroseconds / each);
    }
}
