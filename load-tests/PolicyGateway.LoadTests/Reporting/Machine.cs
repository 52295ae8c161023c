using System.Globalization;
using System.Runtime.InteropServices;

namespace PolicyGateway.LoadTests.Reporting;

/// <summary>What the figures were measured on, without the names of hosts, users and folders.</summary>
internal static class Machine
{
    public static string Describe()
    {
        var memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 1e9;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{Environment.ProcessorCount} logical cores ({Processor()}), {memory:F0} GB of memory, {RuntimeInformation.OSArchitecture}, {System()}, .NET {Environment.Version}");
    }

    private static string Processor() => Field("/proc/cpuinfo", "model name", ':') ?? "unknown processor";

    private static string System() => Field("/etc/os-release", "PRETTY_NAME", '=')?.Trim('"') ?? "unknown system";

    private static string? Field(string file, string name, char separator)
    {
        if (!File.Exists(file))
        {
            return null;
        }

        var line = File.ReadLines(file).FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal));
        return line?[(line.IndexOf(separator, StringComparison.Ordinal) + 1)..].Trim();
    }
}
