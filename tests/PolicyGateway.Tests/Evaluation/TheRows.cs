using System.IO.Compression;
using System.Text;
using System.Text.Json;
using PolicyGateway.Evaluation;
using PolicyGateway.Evaluation.Report;
using PolicyGateway.Evaluation.Rows;
using PolicyGateway.Tests.Policy;

namespace PolicyGateway.Tests.Evaluation;

/// <summary>Files of rows, and runs over them, as the tests speak of them.</summary>
internal sealed class TheRows : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("evaluation-");
    private readonly StringWriter _errors = new();
    private int _ids;

    public string Errors => _errors.ToString();

    public string Folder => _folder.FullName;

    public void Dispose()
    {
        _folder.Delete(recursive: true);
        _errors.Dispose();
    }

    /// <summary>A line for one row.</summary>
    public string Row(
        string text, string severity = "benign", string lang = "en", string source = "test", string kind = "prompt", string[]? categories = null, string? topic = null) =>
        JsonSerializer.Serialize(new { id = $"row-{_ids++}", text, kind, lang, source, severity, categories = categories ?? [], topic });

    public string File(string name, params IEnumerable<string> lines)
    {
        var path = PathOf(name);
        var bytes = Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => line + "\n")));
        System.IO.File.WriteAllBytes(path, name.EndsWith(".gz", StringComparison.Ordinal) ? Compressed(bytes) : bytes);
        return path;
    }

    public string PathOf(string name) => Path.Combine(_folder.FullName, name);

    public static byte[] Compressed(byte[] bytes)
    {
        var buffer = new MemoryStream();
        using (var gzip = new GZipStream(buffer, CompressionLevel.Fastest))
        {
            gzip.Write(bytes);
        }

        return buffer.ToArray();
    }

    /// <summary>The rows of the files, and what was said of those that are none.</summary>
    public (IReadOnlyList<EvaluationRow> Rows, RowFaults Faults) Read(params string[] files)
    {
        var faults = new RowFaults(_errors);
        return ([.. new RowFiles<EvaluationRow>(files, new RowReader(["cyber", "bio"]).Read, faults).Read()], faults);
    }

    /// <summary>A run over lines, by a classifier whose answer stands in the text.</summary>
    public async Task<EvaluationReport> EvaluateAsync(IEnumerable<string> lines, int sample = 0, int seed = 1)
    {
        var file = File($"rows-{_ids++}.jsonl", lines);
        await using var classifier = new TextIsScore();
        var report = await new EvaluationRun(classifier, ThePolicy.Shipped, lanes: 2, TimeProvider.System).RunAsync(
            new EvaluationRequest([file], seed, Sample: sample, Resamples: 100), new RowFaults(_errors), () => { }, CancellationToken.None);
        return report!;
    }
}
