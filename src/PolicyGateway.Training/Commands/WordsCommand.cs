using System.CommandLine;
using System.Globalization;
using System.IO.Compression;
using System.Text.RegularExpressions;
using PolicyGateway.Training.Data;

namespace PolicyGateway.Training.Commands;

/// <summary><c>words</c>: how common words in Latin letters are, over the rows whose licences let them ship; what is spelled letter by letter is read with it.</summary>
internal static partial class WordsCommand
{
    public static Command Create()
    {
        var command = new Command("words", "Count words and write the most common ones with how common each is, gzipped.");
        var data = Shared.Data();
        var output = new Option<FileInfo>("--out") { Description = "The file to write.", Required = true };
        var most = new Option<int>("--most") { Description = "Words, at most.", DefaultValueFactory = _ => 20_000 };
        command.Options.Add(data);
        command.Options.Add(output);
        command.Options.Add(most);
        command.SetAction(result => Write(Corpus.Load(result.GetRequiredValue(data).FullName), result.GetRequiredValue(output).FullName, result.GetValue(most)));
        return command;
    }

    private static void Write(Corpus corpus, string path, int most)
    {
        var counts = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var row in corpus.Train.Where(static row => Corpus.Admits(RowFilter.Permissive, row)))
        {
            foreach (var match in Word().EnumerateMatches(row.Text))
            {
                var word = row.Text.Substring(match.Index, match.Length).ToLowerInvariant();
                counts[word] = counts.GetValueOrDefault(word) + 1;
            }
        }

        // Eighths of -log p, as coarse as the pairs of letters are kept.
        var total = counts.Values.Sum();
        using var writer = new StreamWriter(new GZipStream(File.Create(path), CompressionLevel.SmallestSize));
        foreach (var (word, count) in counts.OrderByDescending(static pair => pair.Value).ThenBy(static pair => pair.Key, StringComparer.Ordinal).Take(most))
        {
            writer.Write(string.Create(CultureInfo.InvariantCulture, $"{word} {Math.Round(8 * Math.Log((double)total / count))}\n"));
        }
    }

    // One letter is a word in few languages; of the rest "a" and "i" are read by the reader itself.
    [GeneratedRegex("(?<![\\p{L}\\p{M}\\d])[A-Za-z]{2,20}(?![\\p{L}\\p{M}\\d])", RegexOptions.CultureInvariant)]
    private static partial Regex Word();
}
