using System.Text.Json.Serialization;
using PolicyGateway.Classification.Bundles;

namespace PolicyGateway.Classification.Ngram;

/// <summary>The manifest.json of a bundle of the first stage.</summary>
internal sealed record NgramManifest : BundleManifest
{
    public const string VocabularyFile = "vocabulary.bin";

    public required FeaturizerSpec Featurizer { get; init; }

    public required string FeaturizerHash { get; init; }

    /// <summary>Head to its line, for prompts and for completions.</summary>
    public required IReadOnlyDictionary<string, PlattLine> PromptCalibration { get; init; }

    public required IReadOnlyDictionary<string, PlattLine> CompletionCalibration { get; init; }

    [JsonIgnore]
    public override IReadOnlyList<string> NeededFiles => [ModelFile, VocabularyFile, KnownTexts.FileName];

    public override void Check()
    {
        var expected = FeaturizerSpec.Current.Hash();
        ManifestRules.Require(FeaturizerHash == expected, $"featurizerHash is {FeaturizerHash}, but this version's featurizer is {expected}");
        ManifestRules.Require(Featurizer == FeaturizerSpec.Current, "featurizer does not match featurizerHash");
        foreach (var head in LabelMap.Heads)
        {
            CheckLine(PromptCalibration, "promptCalibration", head);
            CheckLine(CompletionCalibration, "completionCalibration", head);
        }
    }

    private static void CheckLine(IReadOnlyDictionary<string, PlattLine> lines, string field, string head)
    {
        ManifestRules.Require(lines.TryGetValue(head, out var line), $"{field} has no entry for {head}");

        // A falling line would call the most harmful text the least.
        ManifestRules.Require(
            float.IsFinite(line.Slope) && float.IsFinite(line.Offset) && line.Slope > 0, $"{field}.{head} must have a finite offset and a positive slope");
    }
}
