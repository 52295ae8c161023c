namespace PolicyGateway.Classification.Bundles;

/// <summary>What a manifest must say to be loaded by this code. Each fault names its field.</summary>
internal static class ManifestRules
{
    public static void Check(BundleManifest manifest)
    {
        Require(manifest.Format == BundleManifest.CurrentFormat,
            $"format is {manifest.Format}, but this version reads format {BundleManifest.CurrentFormat}");
        Require(manifest.Name.Length is > 0 and <= 64 && manifest.Name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.'),
            "name must be 1 to 64 letters, digits, dots or hyphens");
        foreach (var needed in manifest.NeededFiles)
        {
            Require(manifest.Files.ContainsKey(needed), $"files does not list {needed}");
        }

        foreach (var (name, sha256) in manifest.Files)
        {
            Require(name == Path.GetFileName(name) && name is not ("" or "." or ".."), $"files names {name}, which is no plain file name");
            Require(sha256.Length == 64, $"files gives no SHA-256 for {name}");
        }

        Require(manifest.Heads.SequenceEqual(LabelMap.Heads),
            $"heads is [{string.Join(", ", manifest.Heads)}], but must be [{string.Join(", ", LabelMap.Heads)}] in this order");
        foreach (var head in LabelMap.Heads)
        {
            CheckThreshold(manifest, head);
        }

        manifest.Check();
    }

    private static void CheckThreshold(BundleManifest manifest, string head)
    {
        Require(manifest.Thresholds.TryGetValue(head, out var band), $"thresholds has no entry for {head}");
        Require(band.Uncertain is > 0 and < 1 && band.Flagged is > 0 and < 1 && band.Uncertain <= band.Flagged,
            FormattableString.Invariant($"thresholds.{head} is {band.Uncertain} to {band.Flagged}, but must rise within 0 and 1"));
    }

    /// <summary>Refuses a manifest of which something does not hold.</summary>
    public static void Require(bool holds, string fault)
    {
        if (!holds)
        {
            throw new BundleException($"The bundle's file manifest.json does not fit: {fault}.");
        }
    }
}
