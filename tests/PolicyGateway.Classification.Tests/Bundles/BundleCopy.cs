using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace PolicyGateway.Classification.Tests.Bundles;

/// <summary>A shipped bundle in a folder of its own, to be changed or damaged.</summary>
internal sealed class BundleCopy : IDisposable
{
    public BundleCopy(string bundle)
    {
        Directory = System.IO.Directory.CreateTempSubdirectory("bundle-").FullName;
        foreach (var file in System.IO.Directory.GetFiles(bundle))
        {
            File.Copy(file, PathOf(Path.GetFileName(file)));
        }
    }

    public string Directory { get; }

    public string PathOf(string file) => Path.Combine(Directory, file);

    /// <summary>Changes the manifest and its checksum, as somebody would who means it.</summary>
    public void EditManifest(Action<JsonNode> edit)
    {
        var manifest = JsonNode.Parse(File.ReadAllText(PathOf("manifest.json")))!;
        edit(manifest);
        File.WriteAllText(PathOf("manifest.json"), manifest.ToJsonString());
        Seal();
    }

    /// <summary>Replaces the model and pins it.</summary>
    public void ReplaceModel(byte[] model) => Replace("model.onnx", model);

    /// <summary>Replaces a file and pins it.</summary>
    public void Replace(string file, byte[] bytes)
    {
        File.WriteAllBytes(PathOf(file), bytes);
        EditManifest(manifest => manifest["files"]![file] = Convert.ToHexStringLower(SHA256.HashData(bytes)));
    }

    /// <summary>Leaves one known text, of which every model of the first stage says the same: it has no word.</summary>
    public void KeepOneKnownText() =>
        Replace("vectors.jsonl", JsonSerializer.SerializeToUtf8Bytes(new { kind = "prompt", text = "...", scores = new float[LabelMap.Heads.Length] }));

    /// <summary>Shifts the scores of the known texts by one head, as a model would that was exported with its heads in another order.</summary>
    public void RotateScores() => Replace("vectors.jsonl", Encoding.UTF8.GetBytes(string.Join('\n', File.ReadAllLines(PathOf("vectors.jsonl")).Select(static line =>
    {
        var vector = JsonNode.Parse(line)!;
        var scores = vector["scores"]!.AsArray();
        var last = scores[^1]!.DeepClone();
        scores.RemoveAt(scores.Count - 1);
        scores.Insert(0, last);
        return vector.ToJsonString();
    }))));

    public void Seal() =>
        File.WriteAllText(PathOf("manifest.sha256"), Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(PathOf("manifest.json")))));

    public void Flip(string file)
    {
        var bytes = File.ReadAllBytes(PathOf(file));
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(PathOf(file), bytes);
    }

    public void Dispose() => System.IO.Directory.Delete(Directory, recursive: true);
}
