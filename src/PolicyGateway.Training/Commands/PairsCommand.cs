using System.CommandLine;
using System.IO.Compression;
using PolicyGateway.Classification.Views;
using PolicyGateway.Training.Data;

namespace PolicyGateway.Training.Commands;

/// <summary><c>pairs</c>: which neighbours beyond Latin letters stand in one order and hardly in the other, over the rows whose licences let them ship; text that runs backwards is told by them.</summary>
internal static class PairsCommand
{
    // Fewer are chance, and what stands either way a third as often says little.
    private const int Fewest = 4;
    private const double Ratio = 3;

    public static Command Create()
    {
        var command = new Command("pairs", "Count neighbouring characters and write the pairs that have one usual order, gzipped.");
        var data = Shared.Data();
        var output = new Option<FileInfo>("--out") { Description = "The file to write.", Required = true };
        command.Options.Add(data);
        command.Options.Add(output);
        command.SetAction(result => Write(Corpus.Load(result.GetRequiredValue(data).FullName), result.GetRequiredValue(output).FullName));
        return command;
    }

    private static void Write(Corpus corpus, string path)
    {
        var counts = new Dictionary<(char Before, char After), int>();
        foreach (var row in corpus.Train.Where(static row => Corpus.Admits(RowFilter.Permissive, row)))
        {
            var before = '\0';
            foreach (var unit in row.Text.Select(LetterOrder.UnitOf).Where(static unit => unit != '\0'))
            {
                if (LetterOrder.Tells(before, unit))
                {
                    counts[(before, unit)] = counts.GetValueOrDefault((before, unit)) + 1;
                }

                before = unit;
            }
        }

        using var writer = new StreamWriter(new GZipStream(File.Create(path), CompressionLevel.SmallestSize));
        var pairs = counts
            .Where(pair => pair.Value >= Fewest && pair.Value >= Ratio * (counts.GetValueOrDefault((pair.Key.After, pair.Key.Before)) + 0.5))
            .Select(static pair => pair.Key)
            .Order();
        foreach (var (one, two) in pairs)
        {
            writer.Write(one);
            writer.Write(two);
        }
    }
}
