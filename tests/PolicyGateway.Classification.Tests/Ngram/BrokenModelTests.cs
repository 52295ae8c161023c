using PolicyGateway.Classification.Ngram;
using PolicyGateway.Classification.Onnx;
using PolicyGateway.Classification.Tests.Bundles;
using PolicyGateway.Training.Exporting;
using PolicyGateway.Training.Learning;

namespace PolicyGateway.Classification.Tests.Ngram;

/// <summary>Models that verify and load, but are not what they should be.</summary>
public sealed class BrokenModelTests : IDisposable
{
    private readonly BundleCopy _copy = new(Shipped.Bundle);

    [Fact]
    public void A_model_that_answers_with_no_number_is_refused_by_its_known_texts_and_a_runtime_failure_where_it_is_asked()
    {
        var model = new LinearModel(FeaturizerSpec.Current.Slots);
        model.Weights[0] = float.NaN;
        _copy.ReplaceModel(OnnxGraph.Write(model));
        using var session = new NgramSession(File.ReadAllBytes(_copy.PathOf("model.onnx")));
        using var lane = new NgramLane(NgramBundle.Load(_copy.Directory), session);

        var reason = lane.Score(TextKind.Prompt, "hello there", new float[LabelMap.HeadCount], new Deadline(TimeProvider.System, TimeSpan.FromMinutes(1)), out _);

        Assert.Equal(UnknownReason.RuntimeFailure, reason);
        Assert.Contains("has no scores for a known text: RuntimeFailure", Fault(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_table_too_short_for_an_id_is_refused_by_its_known_texts()
    {
        _copy.ReplaceModel(OnnxGraph.Write(new LinearModel(16)));

        Assert.Contains("has no scores for a known text: ", Fault(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_exported_model_computes_the_scaled_sum_of_its_weights()
    {
        // One weight is a whole step of the int8 table, so nothing is rounded.
        var vocabulary = Vocabulary.Read(File.ReadAllBytes(_copy.PathOf("vocabulary.bin")), FeaturizerSpec.Current.Slots);
        var buffer = new FeatureBuffer(FeaturizerSpec.Current);
        new Featurizer(FeaturizerSpec.Current).Featurize("hello", buffer);
        buffer.Resolve(vocabulary);
        var model = new LinearModel(FeaturizerSpec.Current.Slots);
        model.Weights[(buffer.Features[0] * LinearModel.Heads) + LabelMap.FlaggedIndex] = 2f;
        _copy.ReplaceModel(OnnxGraph.Write(model));
        _copy.KeepOneKnownText();
        var bundle = NgramBundle.Load(_copy.Directory);
        await using var classifier = Shipped.Load(new() { Bundle = _copy.Directory, Lanes = 1 });

        var scores = await classifier.ClassifyAsync(Shipped.Prompt("hello"), CancellationToken.None);

        var line = bundle.Calibration.Prompt[LabelMap.FlaggedIndex];
        var logit = 2f / MathF.Sqrt(buffer.Count + FeaturizerSpec.Current.LengthOffset);
        Assert.Equal(1 / (1 + MathF.Exp(-((line.Slope * logit) + line.Offset))), scores.Probabilities[LabelMap.FlaggedIndex], 1e-5f);
    }

    public void Dispose() => _copy.Dispose();

    private string Fault() => Assert.Throws<BundleException>(() => Shipped.Load(new() { Bundle = _copy.Directory, Lanes = 1 })).Message;
}
