using System.Text.Json;

namespace PolicyGateway.Training.Data;

/// <summary>Which licences may be trained on.</summary>
internal enum RowFilter
{
    /// <summary>Permissive licences without share-alike: what ships.</summary>
    Permissive,

    /// <summary>Share-alike too, which is what the published baseline calls permissive; for comparison only.</summary>
    ShareAlike,

    /// <summary>Everything; for comparison with the published baseline only.</summary>
    All,
}

/// <summary>The data folder: rows to train on, rows to measure on, and the fold that each source belongs to.</summary>
internal sealed class Corpus
{
    public const int FoldCount = 4;

    private readonly Dictionary<string, int> _foldOfSource;

    private Corpus(List<Row> train, List<Row> development, Dictionary<string, int> foldOfSource)
    {
        Train = train;
        Development = development;
        _foldOfSource = foldOfSource;
    }

    /// <summary>Every row outside the development splits, whatever its licence.</summary>
    public IReadOnlyList<Row> Train { get; }

    /// <summary>The development splits, written texts included.</summary>
    public IReadOnlyList<Row> Development { get; }

    /// <param name="directory">The data folder.</param>
    /// <param name="extra">Further labelled rows, whose sources folds.json does not name; null for none.</param>
    public static Corpus Load(string directory, string? extra = null)
    {
        List<Row> added = [.. RowReader.Read(Path.Combine(directory, "written.jsonl.gz")), .. extra is null ? [] : RowReader.Read(extra)];
        List<Row> train = [.. RowReader.Read(Path.Combine(directory, "train.jsonl.gz")), .. added.Where(row => !row.HeldOut)];
        List<Row> development = [.. RowReader.Read(Path.Combine(directory, "dev.jsonl.gz")), .. added.Where(row => row.HeldOut)];
        using var json = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(directory, "folds.json")));
        var folds = new Dictionary<string, int>();
        var fold = 0;
        foreach (var sources in json.RootElement.GetProperty("folds").EnumerateArray())
        {
            foreach (var source in sources.EnumerateArray())
            {
                folds.Add(source.GetString()!, fold);
            }

            fold++;
        }

        foreach (var row in added.Where(row => row.Pair is null))
        {
            folds.TryAdd(row.Source, Fold(row.Source));
        }

        return fold == FoldCount
            ? new Corpus(train, development, folds)
            : throw new InvalidDataException($"folds.json has {fold} groups of sources; {FoldCount} are expected.");
    }

    /// <summary>Whether the row's licence lets it into the weights. xquad is share-alike, so it stays out of what ships.</summary>
    public static bool Admits(RowFilter filter, Row row) =>
        filter switch
        {
            RowFilter.All => true,
            RowFilter.ShareAlike => row.Permissive,
            _ => row.Permissive && row.Source != "xquad",
        };

    /// <summary>The group that a row is left out with: its source's, or for written texts its contrast group's.</summary>
    public int SourceFold(Row row) => row.Pair is { } pair
        ? Fold(pair)
        : _foldOfSource.TryGetValue(row.Source, out var fold)
            ? fold
            : throw new InvalidDataException($"folds.json names no group for the source {row.Source}.");

    /// <summary>A quarter of every source, contrast groups whole: rows that are new, from sources that are not.</summary>
    public static int RowFold(Row row) => Fold(row.Pair ?? row.Id);

    private static int Fold(string key)
    {
        var hash = 2166136261u;
        foreach (var c in key)
        {
            hash = (hash ^ c) * 16777619u;
        }

        return (int)((hash >> 8) % FoldCount);
    }
}
