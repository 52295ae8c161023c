using System.IO.Compression;
using System.Text.Json;
using PolicyGateway.Classification;
using PolicyGateway.Classification.Encoder;
using PolicyGateway.Training.Calibrating;

namespace PolicyGateway.Training.Exporting;

/// <summary>What training leaves of an encoder: the model, its tokenizer, how it takes a text, and texts whose scores are known.</summary>
internal sealed record EncoderFolder(string Name, EncoderBundleParts Parts, byte[] Tokenizer, IReadOnlyList<EncoderVector> Vectors)
{
    // Known texts stand in the repository, which carries few of them.
    private const int MostVectors = 100;

    public static EncoderFolder Read(string folder)
    {
        byte[] File(string name) => System.IO.File.ReadAllBytes(Path.Combine(folder, name));
        using var guard = JsonDocument.Parse(File("guard.json"));
        var root = guard.RootElement;
        if (!root.GetProperty("heads").EnumerateArray().Select(static head => head.GetString()).SequenceEqual(LabelMap.Heads))
        {
            throw new InvalidDataException($"guard.json in {folder} has other heads than the label map, or in another order.");
        }

        var most = root.GetProperty("max_tokens").GetInt32();
        var tokenizer = File("tokenizer.json");
        return new EncoderFolder(
            root.GetProperty("name").GetString()!,
            new EncoderBundleParts(File("model.int8.onnx"), PieceTable.Read(tokenizer), new EncoderSpec(most, root.GetProperty("context_tokens").GetInt32())),
            tokenizer,
            ReadVectors(Path.Combine(folder, "reference.written.jsonl.gz"), most));
    }

    /// <summary>Texts that fit one window, evenly from the whole file, which is in order of language and class.</summary>
    private static List<EncoderVector> ReadVectors(string path, int mostTokens)
    {
        using var reader = new StreamReader(new GZipStream(System.IO.File.OpenRead(path), CompressionMode.Decompress));
        var all = new List<EncoderVector>();
        while (reader.ReadLine() is { } line)
        {
            using var json = JsonDocument.Parse(line);
            var row = json.RootElement;
            var tokens = row.GetProperty("input_ids").EnumerateArray().Select(static id => id.GetInt32()).ToArray();
            if (tokens.Length < mostTokens)
            {
                all.Add(new EncoderVector(
                    row.GetProperty("kind").GetString()!,
                    row.GetProperty("text").GetString()!,
                    row.TryGetProperty("prompt", out var prompt) ? prompt.GetString() : null,
                    [.. tokens],
                    [.. row.GetProperty("scores_int8").EnumerateArray().Select(static score => score.GetSingle())]));
            }
        }

        return [.. Enumerable.Range(0, Math.Min(MostVectors, all.Count)).Select(i => all[i * all.Count / Math.Min(MostVectors, all.Count)])];
    }
}
