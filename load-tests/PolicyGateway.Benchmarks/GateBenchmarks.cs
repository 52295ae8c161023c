using BenchmarkDotNet.Attributes;
using PolicyGateway.Release;

namespace PolicyGateway.Benchmarks;

/// <summary>What the gate costs where it holds a completion that comes in pieces.</summary>
public class GateBenchmarks
{
    private const int Limit = 1024 * 1024;

    [Params(64, 1024)]
    public int PieceBytes { get; set; }

    [Benchmark]
    public async Task<int> HoldStream()
    {
        using var valve = new UpstreamValve();
        using var held = new HeldBytes(Limit);
        await using var gate = new ReleaseGate(held, valve, TimeProvider.System);
        var rest = Texts.StreamBody.AsMemory();
        while (!rest.IsEmpty)
        {
            var size = Math.Min(PieceBytes, rest.Length);
            await gate.WriteAsync(rest[..size]);
            rest = rest[size..];
        }

        return held.Length;
    }
}
