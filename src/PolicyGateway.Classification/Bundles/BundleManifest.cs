using System.Text.Json;
using System.Text.Json.Serialization;
using PolicyGateway.Classification.Ngram;

namespace PolicyGateway.Classification.Bundles;

/// <summary>The manifest.json of a bundle, as written. What it claims is checked by <see cref="ClassifierBundle.Load"/>.</summary>
internal sealed record BundleManifest
{
    public const string FileName = "manifest.json";
    public const string ChecksumFile = "manifest.sha256";
    public const string ModelFile = "model.onnx";
    public const string VocabularyFile = "vocabulary.bin";
    public const string EvaluationFile = "evaluation.json";
    public const int CurrentFormat = 1;

    public static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectRequiredConstructorParameters = true,
    };

    public required int Format { get; init; }

    public required string Name { get; init; }

    /// <summary>File name to lower-case SHA-256.</summary>
    public required SortedDictionary<string, string> Files { get; init; }

    public required FeaturizerSpec Featurizer { get; init; }

    public required string FeaturizerHash { get; init; }

    public required IReadOnlyList<string> Heads { get; init; }

    /// <summary>Head to its band.</summary>
    public required IReadOnlyDictionary<string, HeadThreshold> Thresholds { get; init; }

    /// <summary>Head to its line, for prompts and for completions.</summary>
    public required IReadOnlyDictionary<string, PlattLine> PromptCalibration { get; init; }

    public required IReadOnlyDictionary<string, PlattLine> CompletionCalibration { get; init; }

    /// <summary>Where the weights come from, in words and numbers; for people.</summary>
    public required IReadOnlyDictionary<string, string> Training { get; init; }
}
