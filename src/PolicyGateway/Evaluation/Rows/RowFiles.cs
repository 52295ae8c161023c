namespace PolicyGateway.Evaluation.Rows;

/// <summary>Line to row, or null and what the line lacks; a row may come with a fault that it survives. No fault holds a value.</summary>
/// <param name="line">The line.</param>
/// <param name="number">How many rows there are before it.</param>
/// <param name="id">What no two rows have in common; null where rows may be alike.</param>
/// <param name="fault">What is wrong with the line.</param>
internal delegate TRow? ReadRow<out TRow>(string line, long number, out string? id, out string? fault)
    where TRow : class;

/// <summary>Reads rows from files of JSON lines, one after the other.</summary>
/// <param name="files">The files, as they were named.</param>
/// <param name="read">Line to row.</param>
/// <param name="faults">Told of every line that is left out.</param>
/// <param name="limit">The most rows that are read.</param>
/// <param name="given">Scores that were worked out elsewhere; a row that has none there is left out.</param>
internal sealed class RowFiles<TRow>(
    IReadOnlyList<string> files, ReadRow<TRow> read, RowFaults faults, long limit = long.MaxValue, GivenScores? given = null)
    where TRow : class
{
    private readonly HashSet<string> _ids = new(StringComparer.Ordinal);
    private readonly List<FileRows> _counts = [];
    private long _read;

    /// <summary>How many rows each file gave, as far as it was read.</summary>
    public IReadOnlyList<FileRows> Counts => _counts;

    public IEnumerable<TRow> Read() => files.TakeWhile(_ => _read < limit).SelectMany(ReadFile);

    private IEnumerable<TRow> ReadFile(string file)
    {
        using var lines = new LineFile(file);
        var before = _read;
        while (_read < limit && Next(file, lines) is { } line)
        {
            if (!string.IsNullOrWhiteSpace(line) && RowOf(file, lines.Read, line) is { } row)
            {
                _read++;
                yield return row;
            }
        }

        var rows = (int)(_read - before);
        _counts.Add(new FileRows(Path.GetFileName(file), rows));
        if (rows == 0)
        {
            faults.BadFile(lines.Read == 0 ? $"{file} is empty." : $"{file} has no row that can be read.");
        }
    }

    private TRow? RowOf(string file, long number, string line)
    {
        var row = read(line, _read, out var id, out var fault);
        if (row is null)
        {
            faults.LeaveOut(file, number, fault!);
            return null;
        }

        if (id is not null && !_ids.Add(id))
        {
            faults.LeaveOut(file, number, "repeats the \"id\" of a row before it, which counts");
            return null;
        }

        if (given is not null && (id is null || !given.Has(id)))
        {
            faults.LeaveOut(file, number, "has an \"id\" without a line in --scores");
            return null;
        }

        if (fault is not null)
        {
            faults.Note(file, number, fault);
        }

        return row;
    }

    /// <summary>The next line; a file that breaks off gives what stands before the break.</summary>
    private string? Next(string file, LineFile lines)
    {
        try
        {
            return lines.Next();
        }
        catch (InvalidDataException)
        {
            faults.BadFile($"{file} breaks off after line {lines.Read}: its gzip data are damaged or cut short. The lines before count.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            faults.BadFile($"{file} cannot be read after line {lines.Read}: {e.Message}");
        }

        return null;
    }
}

/// <summary>What one file gave.</summary>
/// <param name="File">Its name, without the folder.</param>
/// <param name="Rows">Rows that count.</param>
internal sealed record FileRows(string File, int Rows);
