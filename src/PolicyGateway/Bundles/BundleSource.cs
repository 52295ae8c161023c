using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using PolicyGateway.Classification;
using PolicyGateway.Configuration;

namespace PolicyGateway.Bundles;

/// <summary>
/// Where classifiers come from: the section <c>Classifier</c>, read anew from the configuration's sources, and the folders that
/// it names.
/// </summary>
/// <remarks>The application's own configuration stays as it was at the start: every other setting needs a restart.</remarks>
internal sealed class BundleSource(IConfigurationBuilder configuration, ClassifierOptions options)
{
    /// <summary>Manifests and checksums are far smaller, models far larger.</summary>
    private const int MostReadAtEachLook = 64 * 1024;

    /// <summary>The trace of the start, taken before anything is loaded, so that no change is missed.</summary>
    public string AtStart { get; } = TraceOf(options);

    /// <summary>The settings as they stand now.</summary>
    /// <param name="faults">Why they cannot be used; empty where they can.</param>
    public ClassifierOptions Read(out IReadOnlyList<string> faults)
    {
        var found = new ClassifierOptions();
        try
        {
            var root = new ConfigurationRoot([.. configuration.Sources.Select(static source => source.Build(new ConfigurationBuilder()))]);
            faults = [.. StrictBinding.Bind(root.GetSection(ClassifierOptions.Section), found), .. found.Validate()];
        }
        catch (Exception fault) when (fault is IOException or InvalidDataException or FormatException or UnauthorizedAccessException)
        {
            faults = [$"The configuration cannot be read: {fault.Message} {fault.InnerException?.Message}".TrimEnd()];
        }

        return found;
    }

    /// <summary>
    /// Changes whenever what would be loaded may have changed. Small files count by their bytes, not their dates: mounted
    /// volumes swap links and keep dates, and a manifest pins the files beside it.
    /// </summary>
    public static string TraceOf(ClassifierOptions options)
    {
        var trace = new StringBuilder(JsonSerializer.Serialize(options));
        foreach (var folder in new[] { options.Bundle, options.EncoderBundle }.Where(static folder => folder.Length > 0))
        {
            try
            {
                foreach (var file in Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal))
                {
                    Append(trace, file);
                }
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or ArgumentException)
            {
                trace.Append(fault.GetType().Name);
            }
        }

        return trace.ToString();
    }

    private static void Append(StringBuilder trace, string file)
    {
        // Of what a link leads to.
        using var handle = File.OpenHandle(file);
        var length = RandomAccess.GetLength(handle);
        trace.Append(CultureInfo.InvariantCulture, $"\n{file} {length} {File.GetLastWriteTimeUtc(handle).Ticks}");
        if (length <= MostReadAtEachLook)
        {
            var bytes = new byte[length];
            RandomAccess.Read(handle, bytes, 0);
            trace.Append(' ').Append(Convert.ToHexStringLower(SHA256.HashData(bytes)));
        }
    }
}
