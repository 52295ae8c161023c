using System.Runtime.InteropServices;
using System.Text.Json;
using PolicyGateway.Classification;
using PolicyGateway.Classification.Ngram;
using PolicyGateway.Training.Data;
using PolicyGateway.Training.Evaluating;

namespace PolicyGateway.Training.Learning;

/// <summary>What training leaves behind for the export: everything but the weights, which lie beside it.</summary>
internal sealed record TrainingRun(
    Hyperparameters Hyperparameters,
    RowFilter Filter,
    IReadOnlyList<SourceCount> Sources,
    IReadOnlyList<PlattLine> PromptLines,
    IReadOnlyList<PlattLine> CompletionLines,
    IReadOnlyList<HeadThreshold> Bands,
    Evaluation Evaluation)
{
    private const string RunFile = "run.json";
    private const string WeightsFile = "weights.bin";
    private const string VocabularyFile = "vocabulary.bin";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public void Save(string directory, LinearModel model, Vocabulary vocabulary)
    {
        Directory.CreateDirectory(directory);
        File.WriteAllBytes(Path.Combine(directory, RunFile), JsonSerializer.SerializeToUtf8Bytes(this, Json));
        File.WriteAllBytes(Path.Combine(directory, VocabularyFile), vocabulary.ToBytes());
        File.WriteAllBytes(Path.Combine(directory, WeightsFile), MemoryMarshal.AsBytes(model.Weights.AsSpan()));
    }

    public static (TrainingRun Run, LinearModel Model, Vocabulary Vocabulary) Load(string directory)
    {
        var run = JsonSerializer.Deserialize<TrainingRun>(File.ReadAllBytes(Path.Combine(directory, RunFile)), Json)!;
        var model = new LinearModel(FeaturizerSpec.Current.Slots);
        File.ReadAllBytes(Path.Combine(directory, WeightsFile)).CopyTo(MemoryMarshal.AsBytes(model.Weights.AsSpan()));
        return (run, model, Vocabulary.Read(File.ReadAllBytes(Path.Combine(directory, VocabularyFile)), FeaturizerSpec.Current.Slots));
    }
}

/// <summary>How many rows a source gave, and under which licence.</summary>
internal sealed record SourceCount(string Source, string License, int Rows);
