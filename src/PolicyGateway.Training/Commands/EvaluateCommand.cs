using System.CommandLine;
using PolicyGateway.Classification;
using PolicyGateway.Classification.Ngram;
using PolicyGateway.Training.Data;
using PolicyGateway.Training.Evaluating;

namespace PolicyGateway.Training.Commands;

/// <summary><c>evaluate</c>: a bundle, run as the gateway runs it, on the development splits.</summary>
internal static class EvaluateCommand
{
    public static Command Create()
    {
        var command = new Command("evaluate", "Score the development splits with a bundle and print what it does.");
        var data = Shared.Data();
        var rows = Shared.Rows();
        rows.DefaultValueFactory = _ => RowFilter.All;
        var bundle = new Option<DirectoryInfo>("--bundle") { Description = "The bundle folder.", Required = true };
        command.Options.Add(data);
        command.Options.Add(rows);
        command.Options.Add(bundle);
        command.SetAction(async (result, cancellationToken) =>
        {
            var corpus = Corpus.Load(result.GetRequiredValue(data).FullName);
            await using var classifier = NgramClassifier.Load(new ClassifierOptions { Bundle = result.GetRequiredValue(bundle).FullName, Lanes = 1 });
            var scored = new List<Scored>();
            foreach (var row in corpus.Development.Where(row => Corpus.Admits(result.GetValue(rows), row)))
            {
                var scores = await classifier.ClassifyAsync(new ClassifierInput(row.Kind, row.Text.AsMemory(), row.Prompt.AsMemory()), cancellationToken);
                scored.Add(new Scored(row, [.. scores.Probabilities]));
            }

            var bands = classifier.Profile.Thresholds;
            Console.WriteLine(classifier.Profile.Model);
            Console.WriteLine(GroupReport.Table("rows", Reports.Development(scored, bands)));
            Console.WriteLine(GroupReport.Table("source", GroupReport.By(row => row.Row.Source, scored, bands)));
            Console.WriteLine(GroupReport.Table("language", GroupReport.By(row => row.Row.Language, scored, bands)));
            Console.WriteLine(HeadReport.Table(HeadReport.All(scored, bands)));
        });
        return command;
    }
}
