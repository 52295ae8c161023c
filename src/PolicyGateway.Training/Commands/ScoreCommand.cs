using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using PolicyGateway.Classification;
using PolicyGateway.Classification.Ngram;
using PolicyGateway.Training.Data;

namespace PolicyGateway.Training.Commands;

/// <summary><c>score</c>: labelled rows with a bundle's scores beside them, as JSON lines; the tests' reference texts are made by it.</summary>
internal static class ScoreCommand
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static Command Create()
    {
        var command = new Command("score", "Score labelled rows with a bundle; write JSON lines to standard output.");
        var input = new Option<FileInfo>("--rows") { Description = "Labelled rows, .jsonl or .jsonl.gz.", Required = true };
        var bundle = new Option<DirectoryInfo>("--bundle") { Description = "The bundle folder.", Required = true };
        command.Options.Add(input);
        command.Options.Add(bundle);
        command.SetAction(async (result, cancellationToken) =>
        {
            await using var classifier = NgramClassifier.Load(new ClassifierOptions { Bundle = result.GetRequiredValue(bundle).FullName, Lanes = 1 });
            foreach (var row in RowReader.Read(result.GetRequiredValue(input).FullName))
            {
                var scores = await classifier.ClassifyAsync(new ClassifierInput(row.Kind, row.Text.AsMemory(), row.Prompt.AsMemory()), cancellationToken);
                Console.WriteLine(JsonSerializer.Serialize(
                    new
                    {
                        row.Id,
                        Kind = row.Kind == TextKind.Prompt ? "prompt" : "completion",
                        Lang = row.Language,
                        row.Text,
                        row.Prompt,
                        row.Severity,
                        row.Categories,
                        row.Source,
                        row.License,
                        row.Pair,
                        row.Permissive,
                        Split = row.HeldOut ? "dev" : "train",
                        Scores = LabelMap.Heads.Zip(scores.Probabilities).ToDictionary(pair => pair.First, pair => pair.Second),
                    },
                    Json));
            }
        });
        return command;
    }
}
