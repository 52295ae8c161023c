using BenchmarkDotNet.Attributes;
using PolicyGateway.Classification;
using PolicyGateway.Classification.Encoder;
using PolicyGateway.Classification.Onnx;

namespace PolicyGateway.Benchmarks;

/// <summary>
/// Stage 2 on one thread, by tokens of text: up to one window's room, 256 as a long prompt has, 500 as a completion has. The
/// promise is 28 ms for a window of 128; a completion's windows each have the end of its prompt in front.
/// </summary>
public class EncoderBenchmarks
{
    private EncoderSession _session = null!;
    private EncoderLane _lane = null!;
    private PieceTokenizer _tokenizer = null!;
    private readonly List<int> _tokens = [];
    private readonly float[] _logits = new float[LabelMap.HeadCount];
    private string _text = "";

    /// <summary>Tokens of the text, about.</summary>
    [Params(14, 62, 126, 256, 500)]
    public int Tokens { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        var bundle = EncoderBundle.Load(Texts.Shipped("models/guard-e5-4"));
        _session = new EncoderSession(bundle.Model);
        _lane = new EncoderLane(bundle.Pieces, bundle.Manifest.Encoder, _session);
        _tokenizer = new PieceTokenizer(bundle.Pieces);
        var words = string.Join(' ', Enumerable.Repeat(Texts.Prompt, 10)).Split(' ');
        var count = 1;
        while (CountOf(_text = string.Join(' ', words.Take(count))) < Tokens)
        {
            count++;
        }
    }

    [GlobalCleanup]
    public void CleanUp()
    {
        _lane.Dispose();
        _session.Dispose();
    }

    [Benchmark]
    public int Tokenize() => CountOf(_text);

    [Benchmark]
    public int Prompt() => Score(new ClassifierInput(TextKind.Prompt, _text.AsMemory()));

    [Benchmark]
    public int Completion() => Score(new ClassifierInput(TextKind.Completion, _text.AsMemory(), Texts.Prompt.AsMemory()));

    private int CountOf(string text)
    {
        _tokens.Clear();
        _tokenizer.Encode(text, _tokens);
        return _tokens.Count;
    }

    private int Score(in ClassifierInput input)
    {
        var reason = _lane.Score(input, _logits, new Deadline(TimeProvider.System, TimeSpan.FromMinutes(1)), out var windows);
        return reason == UnknownReason.None ? windows : throw new InvalidOperationException($"No score: {reason}.");
    }
}
