using Microsoft.ML.OnnxRuntime;
using PolicyGateway.Classification.Bundles;

namespace PolicyGateway.Classification.Onnx;

/// <summary>Opens models of bundles, all in the same way, and says what is wrong with one.</summary>
internal static class Sessions
{
    /// <param name="model">The verified bytes of an ONNX file.</param>
    /// <param name="check">Throws where its inputs and outputs are others than expected.</param>
    /// <exception cref="BundleException">The runtime rejects the model, or the check does.</exception>
    public static InferenceSession Open(byte[] model, Action<InferenceSession> check)
    {
        RuntimeReports.TurnOff();

        // One thread per run and none that spins: concurrency comes from the lanes, and a waiting core serves requests.
        // The memory pattern is off because each length has its own; the arena keeps the few kilobytes a run needs.
        using var options = new SessionOptions
        {
            IntraOpNumThreads = 1,
            InterOpNumThreads = 1,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
            EnableMemoryPattern = false,

            // A run that is stopped at its deadline is an answer here, and an error to the runtime.
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
        };
        options.AddSessionConfigEntry("session.intra_op.allow_spinning", "0");
        options.AddSessionConfigEntry("session.inter_op.allow_spinning", "0");

        // Without VNNI the fast int8 kernels of x64 saturate: 3 of the 20 known texts of the shipped encoder got other scores on such
        // a processor. The runtime takes exact, slower kernels there; elsewhere this changes nothing.
        options.AddSessionConfigEntry("session.x64quantprecision", "1");
        InferenceSession session;
        try
        {
            session = new InferenceSession(model, options);
        }
        catch (OnnxRuntimeException e)
        {
            throw new BundleException($"The bundle's file {BundleManifest.ModelFile} is no model that ONNX Runtime loads: {e.Message}", e);
        }

        try
        {
            check(session);
            return session;
        }
        catch (BundleException)
        {
            session.Dispose();
            throw;
        }
    }
}
