using PolicyGateway.Classification.Ngram;
using PolicyGateway.Classification.Tests.Bundles;
using PolicyGateway.Training.Exporting;
using PolicyGateway.Training.Learning;

namespace PolicyGateway.Classification.Tests.Ngram;

/// <summary>Models that verify and load, but are not what they should be.</summary>
public sealed class BrokenModelTests : IDisposable
{
    private readonly BundleCopy _copy = new(Shipped.Bundle);

    [Fact]
    public async Task A_model_that_answers_with_no_number_is_a_runtime_failure()
    {
        var model = new LinearModel(FeaturizerSpec.Current.Slots);
        model.Weights[0] = float.NaN;
        _copy.ReplaceModel(OnnxGraph.Write(model));
        await using var classifier = Shipped.Load(new() { Bundle = _copy.Directory, Lanes = 1 });

        var scores = await classifier.ClassifyAsync(Shipped.Prompt("hello there"), CancellationToken.None);

        Assert.Equal(UnknownReason.RuntimeFailure, scores.UnknownReason);
    }

    [Fact]
    public async Task A_table_too_short_for_an_id_is_a_runtime_failure()
    {
        _copy.ReplaceModel(OnnxGraph.Write(new LinearModel(16)));
        await using var classifier = Shipped.Load(new() { Bundle = _copy.Directory, Lanes = 1 });

        var scores = await classifier.ClassifyAsync(Shipped.Prompt("hello there"), CancellationToken.None);

        Assert.Equal(UnknownReason.RuntimeFailure, scores.UnknownReason);
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
        var bundle = NgramBundle.Load(_copy.Directory);
        await using var classifier = Shipped.Load(new() { Bundle = _copy.Directory, Lanes = 1 });

        var scores = await classifier.ClassifyAsync(Shipped.Prompt("hello"), CancellationToken.None);

        var line = bundle.Calibration.Prompt[LabelMap.FlaggedIndex];
        var logit = 2f / MathF.Sqrt(buffer.Count + FeaturizerSpec.Current.LengthOffset);
        Assert.Equal(1 / (1 + MathF.Exp(-((line.Slope * logit) + line.Offset))), scores.Probabilities[LabelMap.FlaggedIndex], 1e-5f);
    }

    public void Dispose() => _copy.Dispose();
}
