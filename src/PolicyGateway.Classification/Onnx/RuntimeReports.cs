using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;

namespace PolicyGateway.Classification.Onnx;

/// <summary>
/// ONNX Runtime's released builds report their use to their maker over the network, and keep an identifier of the machine for it. A
/// gateway tells nobody anything, so that is turned off before the runtime begins; its own switch comes after a first report.
/// </summary>
internal static partial class RuntimeReports
{
    private const string Variable = "ORT_DISABLE_TELEMETRY";

    private static readonly Lazy<bool> Off = new(static () =>
    {
        // .NET keeps its own copy of the environment on Unix, which native code does not see.
        Environment.SetEnvironmentVariable(Variable, "1");
        if (!OperatingSystem.IsWindows() && SetVariable(Variable, "1", 1) != 0)
        {
            throw new InvalidOperationException($"{Variable} could not be set, and ONNX Runtime is not loaded without it. Set it to 1 before the start.");
        }

        OrtEnv.Instance().DisableTelemetryEvents();
        return true;
    });

    /// <summary>Called before anything else of the runtime is.</summary>
    /// <exception cref="InvalidOperationException">It could not be turned off.</exception>
    public static void TurnOff() => _ = Off.Value;

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SetVariable(string name, string value, int overwrite);
}
