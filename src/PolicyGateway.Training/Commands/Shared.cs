using System.CommandLine;
using PolicyGateway.Training.Data;

namespace PolicyGateway.Training.Commands;

/// <summary>Options that several commands take, and where progress goes.</summary>
internal static class Shared
{
    public static Option<DirectoryInfo> Data() => new("--data")
    {
        Description = "The folder with train.jsonl.gz, dev.jsonl.gz, written.jsonl.gz and folds.json.",
        Required = true,
    };

    public static Option<FileInfo?> Extra() => new("--extra")
    {
        Description = "Further labelled rows, .jsonl.gz, such as training/border.py writes.",
    };

    public static Option<RowFilter> Rows() => new("--rows")
    {
        Description = "Which licences to take: permissive (what ships), shareAlike or all (both for comparison only).",
        DefaultValueFactory = _ => RowFilter.Permissive,
    };

    /// <summary>Progress goes to standard error, so that standard output is the result alone.</summary>
    public static void Progress(string line) => Console.Error.WriteLine(line);
}
