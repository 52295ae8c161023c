using System.Collections.Immutable;
using System.Text.Json.Serialization;
using PolicyGateway.Classification.Bundles;

namespace PolicyGateway.Classification.Ngram;

/// <summary>The first stage's model, verified. Immutable; replaced whole.</summary>
internal sealed class NgramBundle
{
    private NgramBundle(BundleFolder<NgramManifest> folder)
    {
        var manifest = folder.Manifest;
        Profile = folder.Profile;
        Featurizer = manifest.Featurizer;
        Vocabulary = Vocabulary.Read(folder.Files[NgramManifest.VocabularyFile], manifest.Featurizer.Slots);
        Calibration = new Calibration(InHeadOrder(manifest.PromptCalibration), InHeadOrder(manifest.CompletionCalibration));
        Model = folder.Files[BundleManifest.ModelFile];
        Vectors = KnownTexts.Read<NgramVector>(folder.Files[KnownTexts.FileName]);
    }

    public ClassifierProfile Profile { get; }

    public FeaturizerSpec Featurizer { get; }

    public Vocabulary Vocabulary { get; }

    public Calibration Calibration { get; }

    /// <summary>The bytes of the ONNX file.</summary>
    public byte[] Model { get; }

    /// <summary>Texts whose scores are known: a bundle that does not give them is not used.</summary>
    public ImmutableArray<NgramVector> Vectors { get; }

    /// <inheritdoc cref="BundleFolder.Read"/>
    public static NgramBundle Load(string directory, string manifestSha256 = "") =>
        new(BundleFolder.Read<NgramManifest>(directory, manifestSha256, "Classifier:ManifestSha256"));

    private static ImmutableArray<PlattLine> InHeadOrder(IReadOnlyDictionary<string, PlattLine> lines) =>
        [.. LabelMap.Heads.Select(head => lines[head])];
}

/// <summary>A text whose scores are known.</summary>
/// <param name="Kind"><c>prompt</c> or <c>completion</c>.</param>
/// <param name="Text">The text.</param>
/// <param name="Scores">The calibrated probabilities, one per head.</param>
internal sealed record NgramVector(string Kind, string Text, ImmutableArray<float> Scores)
{
    [JsonIgnore]
    public TextKind TextKind => Kind == "completion" ? TextKind.Completion : TextKind.Prompt;
}
