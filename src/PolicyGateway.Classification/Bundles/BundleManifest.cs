using System.Text.Json;
using System.Text.Json.Serialization;

namespace PolicyGateway.Classification.Bundles;

/// <summary>What the manifest.json of every bundle says, as written. What it claims is checked by <see cref="BundleFolder.Read"/>.</summary>
internal abstract record BundleManifest
{
    public const string FileName = "manifest.json";
    public const string ChecksumFile = "manifest.sha256";
    public const string ModelFile = "model.onnx";
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

    public required IReadOnlyList<string> Heads { get; init; }

    /// <summary>Head to its band.</summary>
    public required IReadOnlyDictionary<string, HeadThreshold> Thresholds { get; init; }

    /// <summary>Where the weights come from, in words and numbers; for people.</summary>
    public required IReadOnlyDictionary<string, string> Training { get; init; }

    /// <summary>Files without which a bundle of this kind is none.</summary>
    [JsonIgnore]
    public abstract IReadOnlyList<string> NeededFiles { get; }

    /// <summary>Checks what only this kind of bundle says.</summary>
    /// <exception cref="BundleException">Something does not fit; the message names the field.</exception>
    public abstract void Check();
}
