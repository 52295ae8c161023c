using System.CommandLine;
using PolicyGateway.Training.Data;
using PolicyGateway.Training.Exporting;
using PolicyGateway.Training.Learning;

namespace PolicyGateway.Training.Commands;

/// <summary><c>export</c>: a run folder to a bundle that the gateway loads.</summary>
internal static class ExportCommand
{
    public static Command Create()
    {
        var command = new Command("export", "Write the model bundle of a run: ONNX file, manifest, evaluation, model card.");
        var run = new Option<DirectoryInfo>("--run") { Description = "The run folder that train wrote.", Required = true };
        var output = new Option<DirectoryInfo>("--out") { Description = "The bundle folder to write; its name becomes the model's.", Required = true };
        var known = new Option<FileInfo>("--known") { Description = "Rows, .jsonl or .jsonl.gz, of which some go into the bundle with their scores, so that whoever loads it can tell whether it works.", Required = true };
        command.Options.Add(run);
        command.Options.Add(known);
        command.Options.Add(output);
        command.SetAction(result =>
        {
            var (trained, model, vocabulary) = TrainingRun.Load(result.GetRequiredValue(run).FullName);
            var directory = result.GetRequiredValue(output);
            Console.WriteLine(BundleWriter.Write(directory.FullName, directory.Name, trained, model, vocabulary, RowReader.Read(result.GetRequiredValue(known).FullName)).Model);
        });
        return command;
    }
}
