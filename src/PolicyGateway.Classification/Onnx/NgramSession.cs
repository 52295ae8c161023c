using Microsoft.ML.OnnxRuntime;

namespace PolicyGateway.Classification.Onnx;

/// <summary>
/// The loaded stage-1 graph: ids int32 [n], counts uint8 [1, n] and scale float [1] to logits float [1, heads]. Shared by all lanes;
/// each lane runs it through its own <see cref="NgramBinding"/>.
/// </summary>
internal sealed class NgramSession : IDisposable
{
    public const string Ids = "ids";
    public const string Counts = "counts";
    public const string Scale = "scale";
    public const string Logits = "logits";

    /// <param name="model">The verified bytes of an ONNX file.</param>
    /// <exception cref="BundleException">The runtime rejects the model, or its inputs and outputs are others.</exception>
    public NgramSession(byte[] model) => Session = Sessions.Open(model, CheckSignature);

    internal InferenceSession Session { get; }

    public void Dispose() => Session.Dispose();

    private static void CheckSignature(InferenceSession session)
    {
        Check(session.InputMetadata, Ids, typeof(int), -1);
        Check(session.InputMetadata, Counts, typeof(byte), 1, -1);
        Check(session.InputMetadata, Scale, typeof(float), 1);
        Check(session.OutputMetadata, Logits, typeof(float), 1, LabelMap.HeadCount);
        if (session.InputMetadata.Count != 3 || session.OutputMetadata.Count != 1)
        {
            throw new BundleException("The bundle's file model.onnx must have exactly the inputs ids, counts and scale and the output logits.");
        }
    }

    private static void Check(IReadOnlyDictionary<string, NodeMetadata> nodes, string name, Type type, params ReadOnlySpan<int> shape)
    {
        if (!nodes.TryGetValue(name, out var node) || node.ElementType != type || !node.Dimensions.AsSpan().SequenceEqual(shape))
        {
            throw new BundleException(
                $"The bundle's file model.onnx must have {name} as {type.Name} [{string.Join(", ", shape.ToArray()).Replace("-1", "n", StringComparison.Ordinal)}].");
        }
    }
}
