using HdrHistogram;
using PolicyGateway.LoadTests.Servers;

namespace PolicyGateway.LoadTests.Streams;

/// <summary>How far what is released stays behind what the backend has sent, while a stream runs.</summary>
internal sealed class Lag
{
    private const long MostCharacters = 1_000_000;

    /// <summary>Microseconds from the time at which a frame was due to its arrival; what only the end released does not count.</summary>
    public LongHistogram Time { get; } = new(600_000_000, 3);

    /// <summary>Characters sent and not released, half a pace behind each frame.</summary>
    public LongHistogram Characters { get; } = new(MostCharacters, 3);

    public long Streams { get; private set; }

    public long Failures { get; private set; }

    public void Fail() => Failures++;

    /// <param name="script">What the backend played.</param>
    /// <param name="sent">When the driver asked; the backend begins as soon as it hears.</param>
    /// <param name="pieces">Bytes of body so far, and when they were there.</param>
    public void Hear(StreamScript script, long sent, IReadOnlyList<(long Bytes, long Time)> pieces)
    {
        Streams++;
        var pace = (long)(script.Pace.TotalSeconds * TimeProvider.System.TimestampFrequency);
        var last = sent + (pace * (script.Count - 1));
        for (int frame = 0, piece = 0; frame < script.Count - 1; frame++)
        {
            while (pieces[piece].Bytes < (frame + 1L) * StreamScript.FrameBytes)
            {
                piece++;
            }

            if (pieces[piece].Time < last)
            {
                Time.RecordValue(Math.Max(1, (long)TimeProvider.System.GetElapsedTime(sent + (pace * frame), pieces[piece].Time).TotalMicroseconds));
            }

            var moment = sent + (pace * frame) + (pace / 2);
            var released = pieces.LastOrDefault(one => one.Time <= moment).Bytes / StreamScript.FrameBytes;
            Characters.RecordValue(Math.Max(0, (frame + 1 - released) * StreamScript.Characters));
        }
    }

    public void Add(Lag other)
    {
        Time.Add(other.Time);
        Characters.Add(other.Characters);
        (Streams, Failures) = (Streams + other.Streams, Failures + other.Failures);
    }
}
