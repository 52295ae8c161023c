using Microsoft.ML.OnnxRuntime;

namespace PolicyGateway.Classification.Onnx;

/// <summary>
/// Any graph over a window of ids, with all that it gives: the trainer's way to the inner states of a served model. Requests
/// are judged through <see cref="EncoderSession"/>. Thread-safe.
/// </summary>
internal sealed class GraphSession : IDisposable
{
    private readonly InferenceSession _session;

    /// <param name="model">The bytes of an ONNX file with the input input_ids, and text_start or attention_mask.</param>
    /// <exception cref="BundleException">The runtime rejects the model, or it has no input input_ids.</exception>
    public GraphSession(byte[] model) => _session = Sessions.Open(model, CheckInputs);

    /// <summary>All outputs of one window, one after the other in the graph's order.</summary>
    /// <param name="ids">The window's ids.</param>
    /// <param name="textStart">The place of the text's first id.</param>
    /// <exception cref="OnnxRuntimeException">The runtime failed.</exception>
    public float[] Run(long[] ids, int textStart)
    {
        var inputs = _session.InputMetadata.Keys.ToDictionary(static name => name, name => name switch
        {
            EncoderSession.Tokens => OrtValue.CreateTensorValueFromMemory(ids, [1, ids.Length]),
            EncoderSession.TextStart => OrtValue.CreateTensorValueFromMemory(new long[] { textStart }, [1]),
            _ => OrtValue.CreateTensorValueFromMemory(Enumerable.Repeat(1L, ids.Length).ToArray(), [1, ids.Length]),
        });
        try
        {
            using var options = new RunOptions();
            using var results = _session.Run(options, inputs, _session.OutputNames);
            return [.. results.SelectMany(static result => result.GetTensorDataAsSpan<float>().ToArray())];
        }
        finally
        {
            foreach (var input in inputs.Values)
            {
                input.Dispose();
            }
        }
    }

    public void Dispose() => _session.Dispose();

    private static void CheckInputs(InferenceSession session)
    {
        if (!session.InputMetadata.ContainsKey(EncoderSession.Tokens))
        {
            throw new BundleException($"The graph has no input {EncoderSession.Tokens}.");
        }
    }
}
