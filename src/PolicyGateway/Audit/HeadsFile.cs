using System.Text;

namespace PolicyGateway.Audit;

/// <summary>
/// The exported heads, one JSON line each. A line is complete with its line feed: what a crash left after the last one is
/// not a head, and is cut away when the log is opened again.
/// </summary>
internal sealed class HeadsFile(string file)
{
    public string Path => file;

    public void Append(string line)
    {
        PrivateFile.MakeFolderOf(file);
        using var stream = PrivateFile.Open(file, FileMode.Append);
        stream.Write(Encoding.UTF8.GetBytes(line + "\n"));
        stream.Flush(flushToDisk: true);
    }

    public void CutTornLine()
    {
        if (File.Exists(file))
        {
            var (start, tail) = Tail();
            var torn = tail.Length - (Array.LastIndexOf(tail, (byte)'\n') + 1);
            if (torn > 0)
            {
                using var stream = new FileStream(file, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
                stream.SetLength(start + tail.Length - torn);
            }
        }
    }

    /// <summary>Complete lines with their numbers; null stands for a line that is no head.</summary>
    public static IReadOnlyList<(int Line, SignedHead? Head)> Read(string file)
    {
        var text = File.ReadAllText(file);
        var lines = text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.TrimEntries);
        return [.. lines.Index().Where(line => line.Item.Length > 0).Select(line => (line.Index + 1, SignedHead.ParseLine(line.Item)))];
    }

    /// <summary>The last complete head; null where there is none.</summary>
    public SignedHead? Last()
    {
        if (!File.Exists(file))
        {
            return null;
        }

        var text = Encoding.UTF8.GetString(Tail().Bytes);
        var lines = text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return lines.Length == 0 ? null : SignedHead.ParseLine(lines[^1]);
    }

    // A line has about 300 bytes, and a year of busy minutes has half a million lines.
    private (long Start, byte[] Bytes) Tail()
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var start = Math.Max(0, stream.Length - 4096);
        var bytes = new byte[stream.Length - start];
        stream.Position = start;
        stream.ReadExactly(bytes);
        return (start, bytes);
    }
}
