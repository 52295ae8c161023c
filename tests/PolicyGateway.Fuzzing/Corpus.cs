using System.Text;

namespace PolicyGateway.Fuzzing;

/// <summary>
/// The inputs that are kept, a file for each dialect: one of each kind of reading that was ever seen, and all that were once
/// read wrongly. A line is the target's name, a tab, and the input in Base64.
/// </summary>
internal static class Corpus
{
    private const string FileName = "corpus.txt";

    /// <summary>The folder of fixtures of the repository that this program was built in.</summary>
    public static string Fixtures()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "PolicyGateway.sln")))
            {
                return Path.Combine(folder.FullName, "tests", "Fixtures");
            }
        }

        throw new DirectoryNotFoundException("No folder above this program holds PolicyGateway.sln: name the fixtures by --fixtures.");
    }

    /// <summary>What a target begins with: its own fixture, those of the same dialect, and what was kept.</summary>
    public static List<byte[]> Read(string fixtures, FuzzTarget target)
    {
        var folder = Path.Combine(fixtures, target.Dialect);
        string[] own = [Path.Combine(folder, target.Fixture), .. Directory.EnumerateFiles(folder, "*.*").Where(static file => !file.EndsWith(FileName, StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
        return [.. own.Distinct().Where(File.Exists).Select(File.ReadAllBytes), .. Kept(fixtures, target)];
    }

    public static IEnumerable<byte[]> Kept(string fixtures, FuzzTarget target)
    {
        var file = Path.Combine(fixtures, target.Dialect, FileName);
        return File.Exists(file)
            ? File.ReadLines(file).Select(static line => line.Split('\t')).Where(line => line[0] == target.Name).Select(static line => Convert.FromBase64String(line[1]))
            : [];
    }

    /// <summary>Adds inputs to what is kept.</summary>
    public static void Keep(string fixtures, FuzzTarget target, IEnumerable<byte[]> inputs)
    {
        var lines = new StringBuilder();
        foreach (var input in inputs)
        {
            lines.Append(target.Name).Append('\t').Append(Convert.ToBase64String(input)).Append('\n');
        }

        if (lines.Length > 0)
        {
            File.AppendAllText(Path.Combine(fixtures, target.Dialect, FileName), lines.ToString());
        }
    }
}
