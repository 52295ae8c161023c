using System.Collections.Immutable;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace PolicyGateway.Classification.Bundles;

/// <summary>
/// A bundle's <c>vectors.jsonl</c>: texts whose scores were written down when the bundle was made, one JSON object a line. A model
/// that does not give them is not used.
/// </summary>
internal static class KnownTexts
{
    public const string FileName = "vectors.jsonl";

    private static readonly JsonSerializerOptions Json = new(BundleManifest.Json) { WriteIndented = false, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <exception cref="BundleException">The file has no text, or a line is none.</exception>
    public static ImmutableArray<TVector> Read<TVector>(byte[] file)
    {
        try
        {
            var lines = Encoding.UTF8.GetString(file).Split('\n', StringSplitOptions.RemoveEmptyEntries);
            return lines.Length > 0
                ? [.. lines.Select(static line => JsonSerializer.Deserialize<TVector>(line, Json) ?? throw new JsonException("A line is null."))]
                : throw new BundleException($"The bundle's file {FileName} is empty: without known texts nobody can tell whether the model works.");
        }
        catch (JsonException fault)
        {
            throw new BundleException($"The bundle's file {FileName} is no list of known texts: {fault.Message}", fault);
        }
    }

    public static byte[] Write<TVector>(IEnumerable<TVector> vectors) =>
        Encoding.UTF8.GetBytes(string.Concat(vectors.Select(static vector => JsonSerializer.Serialize(vector, Json) + "\n")));
}
