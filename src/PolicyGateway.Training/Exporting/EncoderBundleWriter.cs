using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using PolicyGateway.Classification;
using PolicyGateway.Classification.Bundles;
using PolicyGateway.Classification.Encoder;
using PolicyGateway.Training.Calibrating;
using PolicyGateway.Training.Data;
using PolicyGateway.Training.Evaluating;

namespace PolicyGateway.Training.Exporting;

/// <summary>Writes a bundle folder of the second stage, then loads it as the gateway would.</summary>
internal static class EncoderBundleWriter
{
    public static ClassifierProfile Write(
        string directory,
        EncoderFolder folder,
        IReadOnlyList<EncoderVector> vectors,
        string firstStage,
        IReadOnlyList<Row> calibratedOn,
        Dictionary<string, BlendLine> prompt,
        Dictionary<string, BlendLine> completion,
        ImmutableArray<HeadThreshold> bands,
        (ClearingChoice Prompt, ClearingChoice Completion) clearing,
        Evaluation evaluation)
    {
        Directory.CreateDirectory(directory);
        var files = new SortedDictionary<string, byte[]>
        {
            [BundleManifest.ModelFile] = folder.Parts.Model,
            [EncoderBundle.TokenizerFile] = folder.Tokenizer,
            [KnownTexts.FileName] = KnownTexts.Write(vectors),
            [BundleManifest.EvaluationFile] = JsonSerializer.SerializeToUtf8Bytes(evaluation, BundleManifest.Json),
        };
        var manifest = new EncoderManifest
        {
            Format = BundleManifest.CurrentFormat,
            Name = Path.GetFileName(Path.TrimEndingDirectorySeparator(directory)),
            Files = new(files.ToDictionary(static file => file.Key, static file => Hash(file.Value))),
            Heads = LabelMap.Heads,
            Thresholds = LabelMap.Heads.Zip(bands).ToDictionary(static pair => pair.First, static pair => pair.Second),
            Encoder = folder.Parts.Spec,
            FirstStage = firstStage,
            Clearing = new ClearingRule(clearing.Prompt.Below, clearing.Completion.Below),
            PromptCalibration = prompt,
            CompletionCalibration = completion,
            Training = new Dictionary<string, string>
            {
                ["encoder"] = folder.Name,
                ["clearingPrompts"] = clearing.Prompt.ToString(),
                ["clearingCompletions"] = clearing.Completion.ToString(),
                ["calibratedOn"] = string.Create(CultureInfo.InvariantCulture, $"{evaluation.UnseenSources.Sum(static source => source.Rows)} rows of sources that no stage was trained on"),
            },
        };
        files["README.md"] = Encoding.UTF8.GetBytes(EncoderCard.Write(manifest.Name, folder, firstStage, calibratedOn, clearing, evaluation));
        files[BundleManifest.FileName] = JsonSerializer.SerializeToUtf8Bytes(manifest, BundleManifest.Json);
        files[BundleManifest.ChecksumFile] = Encoding.ASCII.GetBytes($"{Hash(files[BundleManifest.FileName])}  {BundleManifest.FileName}\n");
        foreach (var (name, bytes) in files)
        {
            File.WriteAllBytes(Path.Combine(directory, name), bytes);
        }

        return EncoderBundle.Load(directory).Profile;
    }

    private static string Hash(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
