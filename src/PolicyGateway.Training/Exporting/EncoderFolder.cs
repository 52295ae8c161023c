using System.Text.Json;
using PolicyGateway.Classification;
using PolicyGateway.Classification.Encoder;
using PolicyGateway.Training.Calibrating;

namespace PolicyGateway.Training.Exporting;

/// <summary>What training leaves of an encoder (<c>training/export.py</c>): the model, its tokenizer, and how it takes a text.</summary>
internal sealed record EncoderFolder(string Name, EncoderBundleParts Parts, byte[] Tokenizer)
{
    public static EncoderFolder Read(string folder)
    {
        byte[] File(string name) => System.IO.File.ReadAllBytes(Path.Combine(folder, name));
        using var guard = JsonDocument.Parse(File("guard.json"));
        var root = guard.RootElement;
        if (!root.GetProperty("heads").EnumerateArray().Select(static head => head.GetString()).SequenceEqual(LabelMap.Heads))
        {
            throw new InvalidDataException($"guard.json in {folder} has other heads than the label map, or in another order.");
        }

        var tokenizer = File("tokenizer.json");
        return new EncoderFolder(
            root.GetProperty("name").GetString()!,
            new EncoderBundleParts(
                File("model.onnx"),
                PieceTable.Read(tokenizer),
                new EncoderSpec(root.GetProperty("max_tokens").GetInt32(), root.GetProperty("context_tokens").GetInt32())),
            tokenizer);
    }
}
