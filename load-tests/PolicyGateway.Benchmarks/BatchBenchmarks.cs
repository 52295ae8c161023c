using BenchmarkDotNet.Attributes;
using Microsoft.ML.OnnxRuntime;
using PolicyGateway.Classification.Encoder;
using PolicyGateway.Classification.Onnx;

namespace PolicyGateway.Benchmarks;

/// <summary>
/// Whether stage 2 would gain from scoring several texts of one length in one run, on one thread: eight one by one against
/// eight at once. Texts of one length are rare, and others would have to be filled up, so a gain has to be large to pay.
/// </summary>
public class BatchBenchmarks
{
    private const int Texts = 8;

    private readonly RunOptions _options = new();
    private EncoderSession _session = null!;
    private OrtValue _start = null!;
    private OrtValue _one = null!;
    private OrtValue _all = null!;

    /// <summary>Tokens of each text, the special ones counted.</summary>
    [Params(16, 32, 64, 128)]
    public int Tokens { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        _session = new EncoderSession(EncoderBundle.Load(Benchmarks.Texts.Shipped("models/guard-e5-4")).Model);
        _start = OrtValue.CreateTensorValueFromMemory<long>([1], [1]);
        _one = Ids(1);
        _all = Ids(Texts);
    }

    [GlobalCleanup]
    public void CleanUp()
    {
        _start.Dispose();
        _one.Dispose();
        _all.Dispose();
        _options.Dispose();
        _session.Dispose();
    }

    [Benchmark(Baseline = true)]
    public void OneByOne()
    {
        for (var i = 0; i < Texts; i++)
        {
            Run(_one);
        }
    }

    [Benchmark]
    public void AtOnce() => Run(_all);

    private void Run(OrtValue ids)
    {
        using var results = _session.Session.Run(
            _options, [EncoderSession.Tokens, EncoderSession.TextStart], [ids, _start], [EncoderSession.Logits]);
    }

    private OrtValue Ids(int count)
    {
        var random = new Random(1);
        long[] ids = [.. Enumerable.Range(0, count * Tokens).Select(_ => (long)random.Next(4, 20_000))];
        return OrtValue.CreateTensorValueFromMemory(ids, [count, Tokens]);
    }
}
