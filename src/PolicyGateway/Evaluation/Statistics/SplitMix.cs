namespace PolicyGateway.Evaluation.Statistics;

/// <summary>
/// SplitMix64 (Steele, Lea, Flood 2014): the same numbers from the same seed on every platform and runtime, and cheap enough
/// for the hundreds of millions of draws of a bootstrap. Not for secrets.
/// </summary>
internal sealed class SplitMix(ulong seed)
{
    private const ulong Golden = 0x9E3779B97F4A7C15;

    private ulong _state = seed;

    /// <summary>A stream of its own for the <paramref name="index"/>-th thing under one seed.</summary>
    public static SplitMix For(int seed, long index) => new(Mix(((ulong)(uint)seed * Golden) ^ Mix((ulong)index)));

    public ulong Next() => Mix(_state += Golden);

    /// <summary>A number from 0 to <paramref name="below"/> - 1.</summary>
    public int Next(int below) => (int)Math.BigMul(Next(), (ulong)below, out _);

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
