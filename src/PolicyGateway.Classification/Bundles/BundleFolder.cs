using System.Security.Cryptography;
using System.Text.Json;

namespace PolicyGateway.Classification.Bundles;

/// <summary>
/// A model folder whose every claim was checked: nothing of it is parsed by the runtime before its SHA-256 matched.
/// </summary>
/// <param name="Manifest">What it says of itself.</param>
/// <param name="Profile">What it offers.</param>
/// <param name="Files">The verified bytes of each file: no file is read a second time, so none can change in between.</param>
internal sealed record BundleFolder<TManifest>(TManifest Manifest, ClassifierProfile Profile, IReadOnlyDictionary<string, byte[]> Files)
    where TManifest : BundleManifest;

/// <summary>Reads bundles.</summary>
internal static class BundleFolder
{
    /// <summary>Reads and verifies a bundle.</summary>
    /// <param name="directory">The bundle's folder.</param>
    /// <param name="manifestSha256">What the manifest must hash to; empty accepts any.</param>
    /// <param name="pinSetting">The setting that says so.</param>
    /// <exception cref="BundleException">Something does not verify; the message names it.</exception>
    public static BundleFolder<TManifest> Read<TManifest>(string directory, string manifestSha256, string pinSetting)
        where TManifest : BundleManifest
    {
        var manifestBytes = ReadFile(directory, BundleManifest.FileName);
        var manifestHash = Convert.ToHexStringLower(SHA256.HashData(manifestBytes));
        CheckManifestHash(directory, manifestHash, manifestSha256, pinSetting);
        var manifest = Parse<TManifest>(manifestBytes);
        ManifestRules.Check(manifest);

        var files = manifest.Files.ToDictionary(file => file.Key, file => ReadPinned(directory, file.Key, file.Value));
        var profile = new ClassifierProfile(
            $"{manifest.Name}@{manifestHash[..8]}", LabelMap.Heads, [.. LabelMap.Heads.Select(head => manifest.Thresholds[head])]);
        return new BundleFolder<TManifest>(manifest, profile, files);
    }

    private static byte[] ReadPinned(string directory, string name, string sha256)
    {
        var bytes = ReadFile(directory, name);
        var actual = Convert.ToHexStringLower(SHA256.HashData(bytes));
        return actual == sha256
            ? bytes
            : throw new BundleException($"The bundle's file {name} has SHA-256 {actual}, but the manifest pins {sha256}: restore the file.");
    }

    private static TManifest Parse<TManifest>(byte[] bytes)
        where TManifest : BundleManifest
    {
        try
        {
            return JsonSerializer.Deserialize<TManifest>(bytes, BundleManifest.Json)
                ?? throw new BundleException("The bundle's file manifest.json is empty.");
        }
        catch (JsonException e)
        {
            throw new BundleException($"The bundle's file manifest.json is not a manifest: {e.Message}", e);
        }
    }

    /// <summary>A flipped byte in the manifest is found by the checksum beside it, a replaced manifest by the configured pin.</summary>
    private static void CheckManifestHash(string directory, string actual, string pinned, string pinSetting)
    {
        var beside = System.Text.Encoding.ASCII.GetString(ReadFile(directory, BundleManifest.ChecksumFile));
        if (!beside.StartsWith(actual, StringComparison.Ordinal))
        {
            throw new BundleException(
                $"The bundle's file manifest.json has SHA-256 {actual}, but {BundleManifest.ChecksumFile} says otherwise: restore both files.");
        }

        if (pinned.Length != 0 && !string.Equals(actual, pinned, StringComparison.OrdinalIgnoreCase))
        {
            throw new BundleException($"The bundle's file manifest.json has SHA-256 {actual}, but {pinSetting} pins {pinned}.");
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
