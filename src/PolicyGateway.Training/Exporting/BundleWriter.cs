using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using PolicyGateway.Classification;
using PolicyGateway.Classification.Bundles;
using PolicyGateway.Classification.Ngram;
using PolicyGateway.Classification.Onnx;
using PolicyGateway.Training.Data;
using PolicyGateway.Training.Learning;

namespace PolicyGateway.Training.Exporting;

/// <summary>Writes a bundle folder from a training run, then loads it as the gateway would.</summary>
internal static class BundleWriter
{
    public static ClassifierProfile Write(string directory, string name, TrainingRun run, LinearModel model, Vocabulary vocabulary, IReadOnlyList<Row> known)
    {
        Directory.CreateDirectory(directory);
        var evaluation = JsonSerializer.SerializeToUtf8Bytes(run.Evaluation, BundleManifest.Json);
        var graph = OnnxGraph.Write(model);
        var slots = vocabulary.ToBytes();
        var vectors = KnownTexts.Write(Known(known, run, graph, vocabulary));
        var manifest = new NgramManifest
        {
            Format = BundleManifest.CurrentFormat,
            Name = name,
            Files = new()
            {
                [BundleManifest.ModelFile] = Hash(graph),
                [NgramManifest.VocabularyFile] = Hash(slots),
                [BundleManifest.EvaluationFile] = Hash(evaluation),
                [KnownTexts.FileName] = Hash(vectors),
            },
            Featurizer = FeaturizerSpec.Current,
            FeaturizerHash = FeaturizerSpec.Current.Hash(),
            Heads = LabelMap.Heads,
            Thresholds = ByHead(run.Bands),
            PromptCalibration = ByHead(run.PromptLines),
            CompletionCalibration = ByHead(run.CompletionLines),
            Training = new Dictionary<string, string>
            {
                ["rows"] = run.Sources.Sum(source => source.Rows).ToString(CultureInfo.InvariantCulture),
                ["filter"] = run.Filter.ToString(),
                ["hyperparameters"] = run.Hyperparameters.ToString(),
            },
        };
        var bytes = JsonSerializer.SerializeToUtf8Bytes(manifest, BundleManifest.Json);
        File.WriteAllBytes(Path.Combine(directory, BundleManifest.ModelFile), graph);
        File.WriteAllBytes(Path.Combine(directory, NgramManifest.VocabularyFile), slots);
        File.WriteAllBytes(Path.Combine(directory, BundleManifest.EvaluationFile), evaluation);
        File.WriteAllBytes(Path.Combine(directory, KnownTexts.FileName), vectors);
        File.WriteAllBytes(Path.Combine(directory, BundleManifest.FileName), bytes);
        File.WriteAllText(Path.Combine(directory, BundleManifest.ChecksumFile), $"{Hash(bytes)}  {BundleManifest.FileName}\n");
        File.WriteAllText(Path.Combine(directory, "README.md"), ModelCard.Write(name, run, graph.Length + slots.Length));
        return NgramBundle.Load(directory).Profile;
    }

    private static List<NgramVector> Known(IReadOnlyList<Row> rows, TrainingRun run, byte[] graph, Vocabulary vocabulary)
    {
        using var session = new NgramSession(graph);
        using var lane = new NgramLane(FeaturizerSpec.Current, vocabulary, new Calibration([.. run.PromptLines], [.. run.CompletionLines]), session);
        return KnownTextChoice.ForNgram(rows, lane);
    }

    private static string Hash(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    private static Dictionary<string, T> ByHead<T>(IReadOnlyList<T> values) =>
        LabelMap.Heads.Zip(values).ToDictionary(pair => pair.First, pair => pair.Second);
}
