using System.CommandLine;
using PolicyGateway.Training.Data;
using PolicyGateway.Training.Learning;

namespace PolicyGateway.Training.Commands;

/// <summary><c>train</c>: data to a run folder with weights, calibration, bands and the leave-source-out evaluation.</summary>
internal static class TrainCommand
{
    public static Command Create()
    {
        var command = new Command("train", "Train on the data folder; write weights, calibration, bands and evaluation to a run folder.");
        var data = Shared.Data();
        var rows = Shared.Rows();
        var output = new Option<DirectoryInfo>("--out") { Description = "The run folder to write.", Required = true };
        var defaults = new Hyperparameters();
        var seed = new Option<int>("--seed") { Description = "Seeds the order of rows and the dropout.", DefaultValueFactory = _ => defaults.Seed };
        var epochs = new Option<int>("--epochs") { Description = "Passes over the data.", DefaultValueFactory = _ => defaults.Epochs };
        var rate = new Option<float>("--rate") { Description = "AdaGrad's step size.", DefaultValueFactory = _ => defaults.Rate };
        var damping = new Option<float>("--damping") { Description = "Start of AdaGrad's sums of squares.", DefaultValueFactory = _ => defaults.Damping };
        var exponent = new Option<float>("--source-exponent") { Description = "A row weighs its source's size to the power of minus this.", DefaultValueFactory = _ => defaults.SourceExponent };
        var written = new Option<float>("--written-weight") { Description = "Weight of the contrast groups.", DefaultValueFactory = _ => defaults.WrittenWeight };
        var dropout = new Option<float>("--dropout") { Description = "Share of features left out at each visit.", DefaultValueFactory = _ => defaults.Dropout };
        foreach (var option in new Option[] { data, rows, output, seed, epochs, rate, damping, exponent, written, dropout })
        {
            command.Options.Add(option);
        }

        command.SetAction(result =>
        {
            var parameters = new Hyperparameters(
                result.GetValue(epochs),
                result.GetValue(rate),
                result.GetValue(damping),
                result.GetValue(exponent),
                result.GetValue(written),
                result.GetValue(dropout),
                result.GetValue(seed));
            var corpus = Corpus.Load(result.GetRequiredValue(data).FullName);
            var (run, model, vocabulary) = new Pipeline(corpus, result.GetValue(rows), parameters, Shared.Progress).Train();
            run.Save(result.GetRequiredValue(output).FullName, model, vocabulary);
            Console.WriteLine(run.Evaluation.ToMarkdown());
        });
        return command;
    }
}
