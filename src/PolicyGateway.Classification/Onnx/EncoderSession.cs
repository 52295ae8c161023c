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
    public EncoderSession(byte[] model)
    {
        // One thread per run: concurrency comes from the lanes. No memory pattern, because each length has its own.
        using var options = new SessionOptions
        {
            IntraOpNumThreads = 1,
            InterOpNumThreads = 1,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
            EnableMemoryPattern = false,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
        };
        options.AddSessionConfigEntry("session.intra_op.allow_spinning", "0");
        options.AddSessionConfigEntry("session.inter_op.allow_spinning", "0");
        try
        {
            Session = new InferenceSession(model, options);
        }
        catch (OnnxRuntimeException e)
        {
            throw new BundleException($"The bundle's file {BundleManifest.ModelFile} is no model that ONNX Runtime loads: {e.Message}", e);
        }

        if (!Has(Session.InputMetadata, Tokens, typeof(long), [-1, -1]) || !Has(Session.InputMetadata, Mask, typeof(long), [-1, -1])
            || !Has(Session.OutputMetadata, Scores, typeof(float), [-1, LabelMap.HeadCount]) || Session.InputMetadata.Count != 2)
        {
            Session.Dispose();
            throw new BundleException(
                $"The bundle's file {BundleManifest.ModelFile} must have exactly the inputs {Tokens} and {Mask} as Int64 [n, n] and the output {Scores} as Single [n, {LabelMap.HeadCount}].");
        }
    }

    internal InferenceSession Session { get; }

    public void Dispose() => Session.Dispose();

    private static bool Has(IReadOnlyDictionary<string, NodeMetadata> nodes, string name, Type type, ReadOnlySpan<int> shape) =>
        nodes.TryGetValue(name, out var node) && node.ElementType == type && node.Dimensions.AsSpan().SequenceEqual(shape);
}
