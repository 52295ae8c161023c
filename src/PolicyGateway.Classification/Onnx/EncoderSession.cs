using Microsoft.ML.OnnxRuntime;
using PolicyGateway.Classification.Bundles;

namespace PolicyGateway.Classification.Onnx;

/// <summary>
/// The loaded second-stage graph: input_ids int64 [windows, tokens], without padding, and text_start int64 [1], the place of the
/// text's first token behind its prompt, to logits float [windows, heads]. Shared by all lanes; each runs it through its own
/// <see cref="EncoderBinding"/>.
/// </summary>
internal sealed class EncoderSession : IDisposable
{
    public const string Tokens = "input_ids";
    public const string TextStart = "text_start";
    public const string Logits = "logits";

    /// <param name="model">The verified bytes of an ONNX file.</param>
    /// <exception cref="BundleException">The runtime rejects the model, or its inputs and outputs are others.</exception>
    public EncoderSession(byte[] model) => Session = Sessions.Open(model, CheckSignature);

    internal InferenceSession Session { get; }

    public void Dispose() => Session.Dispose();

    private static void CheckSignature(InferenceSession session)
    {
        if (!Has(session.InputMetadata, Tokens, typeof(long), [-1, -1]) || !Has(session.InputMetadata, TextStart, typeof(long), [1])
            || session.InputMetadata.Count != 2 || !Has(session.OutputMetadata, Logits, typeof(float), [-1, LabelMap.HeadCount]))
        {
            throw new BundleException(
                $"The bundle's file {BundleManifest.ModelFile} must have exactly the inputs {Tokens} as Int64 [n, n] and {TextStart} as Int64 [1], and the output {Logits} as Single [n, {LabelMap.HeadCount}].");
        }
    }

    private static bool Has(IReadOnlyDictionary<string, NodeMetadata> nodes, string name, Type type, ReadOnlySpan<int> shape) =>
        nodes.TryGetValue(name, out var node) && node.ElementType == type && node.Dimensions.AsSpan().SequenceEqual(shape);
}
