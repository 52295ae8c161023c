using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text.Json;
using PolicyGateway.Classification.Ngram;

namespace PolicyGateway.Classification.Bundles;

/// <summary>
/// A model folder whose every claim was checked: nothing of it is parsed by the runtime before its SHA-256 matched.
/// Immutable; replaced whole.
/// </summary>
internal sealed class ClassifierBundle
{
    private ClassifierBundle(ClassifierProfile profile, BundleManifest manifest, byte[] vocabulary, byte[] model)
    {
        Profile = profile;
        Featurizer = manifest.Featurizer;
        Vocabulary = Vocabulary.Read(vocabulary, manifest.Featurizer.Slots);
        Calibration = new Calibration(InHeadOrder(manifest.PromptCalibration), InHeadOrder(manifest.CompletionCalibration));
        Model = model;
    }

    public ClassifierProfile Profile { get; }

    public FeaturizerSpec Featurizer { get; }

    public Vocabulary Vocabulary { get; }

    public Calibration Calibration { get; }

    /// <summary>The verified bytes of the ONNX file: the file is not read a second time, so it cannot change in between.</summary>
    public byte[] Model { get; }

    /// <summary>Reads and verifies a bundle.</summary>
    /// <param name="directory">The bundle's folder.</param>
    /// <param name="manifestSha256">What the manifest must hash to; empty accepts any.</param>
    /// <exception cref="BundleException">Something does not verify; the message names it.</exception>
    public static ClassifierBundle Load(string directory, string manifestSha256 = "")
    {
        var manifestBytes = ReadFile(directory, BundleManifest.FileName);
        var manifestHash = Convert.ToHexStringLower(SHA256.HashData(manifestBytes));
        CheckManifestHash(directory, manifestHash, manifestSha256);
        var manifest = Parse(manifestBytes);
        ManifestRules.Check(manifest);

        var files = manifest.Files.ToDictionary(file => file.Key, file => ReadPinned(directory, file.Key, file.Value));
        var profile = new ClassifierProfile(
            $"{manifest.Name}@{manifestHash[..8]}",
            LabelMap.Heads,
            [.. LabelMap.Heads.Select(head => manifest.Thresholds[head])]);
        return new ClassifierBundle(profile, manifest, files[BundleManifest.VocabularyFile], files[BundleManifest.ModelFile]);
    }

    private static byte[] ReadPinned(string directory, string name, string sha256)
    {
        var bytes = ReadFile(directory, name);
        var actual = Convert.ToHexStringLower(SHA256.HashData(bytes));
        return actual == sha256
            ? bytes
            : throw new BundleException($"The bundle's file {name} has SHA-256 {actual}, but the manifest pins {sha256}: restore the file.");
    }

    private static ImmutableArray<PlattLine> InHeadOrder(IReadOnlyDictionary<string, PlattLine> lines) =>
        [.. LabelMap.Heads.Select(head => lines[head])];

    private static BundleManifest Parse(byte[] bytes)
    {
        try
        {
            return JsonSerializer.Deserialize<BundleManifest>(bytes, BundleManifest.Json)
                ?? throw new BundleException("The bundle's file manifest.json is empty.");
        }
        catch (JsonException e)
        {
            throw new BundleException($"The bundle's file manifest.json is not a manifest: {e.Message}", e);
        }
    }

    /// <summary>A flipped byte in the manifest is found by the checksum beside it, a replaced manifest by the configured pin.</summary>
    private static void CheckManifestHash(string directory, string actual, string pinned)
    {
        var beside = System.Text.Encoding.ASCII.GetString(ReadFile(directory, BundleManifest.ChecksumFile));
        if (!beside.StartsWith(actual, StringComparison.Ordinal))
        {
            throw new BundleException(
                $"The bundle's file manifest.json has SHA-256 {actual}, but {BundleManifest.ChecksumFile} says otherwise: restore both files.");
        }

        if (pinned.Length != 0 && !string.Equals(actual, pinned, StringComparison.OrdinalIgnoreCase))
        {
            throw new BundleException($"The bundle's file manifest.json has SHA-256 {actual}, but Classifier:ManifestSha256 pins {pinned}.");
        }
    }

    private static byte[] ReadFile(string directory, string name)
    {
        var path = Path.Combine(directory, name);
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new BundleException($"The bundle's file {name} cannot be read from {directory}: {e.Message}", e);
        }
    }
}
