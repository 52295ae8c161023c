using BenchmarkDotNet.Attributes;
using PolicyGateway.Classification;
using PolicyGateway.Classification.Ngram;

namespace PolicyGateway.Benchmarks;

/// <summary>
/// Stage 1 on 1 KB of text, in layers that bound each other: normalising is part of featurizing, which is part of the
/// classifier's call. The promise is 100 us and no allocation below the call; the call allocates its result.
/// </summary>
public class ClassifierBenchmarks
{
    private readonly Featurizer _featurizer = new(FeaturizerSpec.Current);
    private readonly FeatureBuffer _buffer = new(FeaturizerSpec.Current);
    private readonly char[] _normalized = new char[TextNormalizer.MaxLength(FeaturizerSpec.Current.WindowCharacters)];
    private NgramClassifier _classifier = null!;

    [GlobalSetup]
    public Task SetUpAsync()
    {
        _classifier = NgramClassifier.Load(new ClassifierOptions { Bundle = Texts.Shipped("models/ngram-1"), Lanes = 1 });
        return _classifier.WarmUpAsync(CancellationToken.None);
    }

    [GlobalCleanup]
    public async Task CleanUpAsync() => await _classifier.DisposeAsync();

    [Benchmark]
    public int Normalize() => TextNormalizer.Normalize(Texts.Prompt, _normalized);

    [Benchmark]
    public int Featurize()
    {
        _featurizer.Featurize(Texts.Prompt, _buffer);
        return _buffer.Count;
    }

    [Benchmark]
    public async Task<Scores> Classify() =>
        await _classifier.ClassifyAsync(new ClassifierInput(TextKind.Prompt, Texts.Prompt.AsMemory()), CancellationToken.None);
}
