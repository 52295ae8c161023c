using Microsoft.ML.OnnxRuntime;
using PolicyGateway.Classification.Bundles;

namespace PolicyGateway.Classification.Onnx;

/// <summary>
/// The loaded second-stage graph: input_ids and attention_mask int64 [batch, tokens] to scores float [batch, heads]. Shared by
/// all lanes; each runs it through its own <see cref="EncoderBinding"/>.
/// </summary>
internal sealed class EncoderSession : IDisposable
{
    public const string Tokens = "input_ids";
    public const string Mask = "attention_mask";
    public const string Scores = "scores";

    /// <param name="model">The verified bytes of an ONNX file.</param>
    /// <exception cref="BundleException">The runtime rejects the model, or its inputs and outputs are others.</exception>
    public EncoderSession(byte[] model) => Session = Sessions.Open(model, CheckSignature);

    internal InferenceSession Session { get; }

    public void Dispose() => Session.Dispose();

    private static void CheckSignature(InferenceSession session)
    {
        if (!Has(session.InputMetadata, Tokens, typeof(long), [-1, -1]) || !Has(session.InputMetadata, Mask, typeof(long), [-1, -1])
            || !Has(session.OutputMetadata, Scores, typeof(float), [-1, LabelMap.HeadCount]) || session.InputMetadata.Count != 2)
        {
            throw new BundleException(
                $"The bundle's file {BundleManifest.ModelFile} must have exactly the inputs {Tokens} and {Mask} as Int64 [n, n] and the output {Scores} as Single [n, {LabelMap.HeadCount}].");
        }
    }

    private static bool Has(IReadOnlyDictionary<string, NodeMetadata> nodes, string name, Type type, ReadOnlySpan<int> shape) =>
        nodes.TryGetValue(name, out var node) && node.ElementType == type && node.Dimensions.AsSpan().SequenceEqual(shape);
}
