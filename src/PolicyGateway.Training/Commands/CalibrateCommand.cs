using System.CommandLine;
using System.Collections.Immutable;
using PolicyGateway.Classification;
using PolicyGateway.Classification.Encoder;
using PolicyGateway.Classification.Ngram;
using PolicyGateway.Training.Calibrating;
using PolicyGateway.Training.Data;
using PolicyGateway.Training.Evaluating;
using PolicyGateway.Training.Exporting;

namespace PolicyGateway.Training.Commands;

/// <summary><c>calibrate</c>: an encoder and the first stage to a bundle of the second stage, on rows that neither was trained on.</summary>
internal static class CalibrateCommand
{
    public static Command Create()
    {
        var command = new Command("calibrate", "Calibrate an encoder behind the first stage, on rows that neither was trained on, and write its bundle.");
        var data = Shared.Data();
        var extra = Shared.Extra();
        var encoder = new Option<DirectoryInfo>("--encoder") { Description = "The folder that training/export.py wrote: model.onnx, tokenizer.json, guard.json.", Required = true };
        var first = new Option<DirectoryInfo>("--first") { Description = "The first stage's bundle.", Required = true };
        var run = new Option<DirectoryInfo>("--run") { Description = "Where scores are kept, so that a run that was stopped goes on.", Required = true };
        var output = new Option<DirectoryInfo>("--out") { Description = "The bundle folder to write.", Required = true };
        var perSource = new Option<int>("--per-source") { Description = "Most rows of a source.", DefaultValueFactory = _ => 700 };
        var held = new Option<double>("--held") { Description = "Share of benign rows that may be held, the mean over the sources.", DefaultValueFactory = _ => 0.25 };
        var missed = new Option<double>("--missed") { Description = "Share of what the second stage holds that the first may clear.", DefaultValueFactory = _ => 0.005 };
        foreach (var option in new Option[] { data, extra, encoder, first, run, output, perSource, held, missed })
        {
            command.Options.Add(option);
        }

        command.SetAction(result => Run(
            Corpus.Load(result.GetRequiredValue(data).FullName, result.GetValue(extra)?.FullName),
            result.GetRequiredValue(encoder).FullName,
            result.GetRequiredValue(first).FullName,
            result.GetRequiredValue(run).FullName,
            result.GetRequiredValue(output).FullName,
            result.GetValue(perSource),
            result.GetValue(held),
            result.GetValue(missed)));
        return command;
    }

    private static void Run(Corpus corpus, string encoder, string first, string run, string output, int perSource, double heldShare, double missRate)
    {
        Directory.CreateDirectory(run);
        var folder = EncoderFolder.Read(encoder);
        var scorer = new StageScorer(folder.Parts, first, Path.Combine(run, "stages.bin"));

        // Neither stage was trained on what is not permissive: whole sources that both have never seen.
        var unseen = corpus.Train.Where(static row => !row.Permissive).GroupBy(static row => row.Source).SelectMany(source => source.Take(perSource)).ToArray();
        var fitted = scorer.Score(unseen, Shared.Progress);
        var (prompt, completion) = (BlendFit.Fit(fitted, TextKind.Prompt), BlendFit.Fit(fitted, TextKind.Completion));
        var scored = Apply(fitted, prompt, completion);
        var bands = BandChoice.Choose([.. scored.Select(static row => row.Scored)], heldShare);
        var clearing = (
            Prompt: ClearingChoice.Choose(scored, TextKind.Prompt, bands, missRate),
            Completion: ClearingChoice.Choose(scored, TextKind.Completion, bands, missRate));
        Console.WriteLine($"Clearing prompts {clearing.Prompt}");
        Console.WriteLine($"Clearing completions {clearing.Completion}");

        var development = scorer.Score(corpus.Development, Shared.Progress);
        var developed = Apply(development, prompt, completion).Select(static row => row.Scored).ToArray();
        var evaluation = new Evaluation(
            HeadReport.All([.. scored.Select(static row => row.Scored)], bands),
            GroupReport.By(static row => row.Row.Source, scored.Select(static row => row.Scored), bands),
            GroupReport.By(static row => row.Row.Language, scored.Select(static row => row.Scored), bands),
            Reports.Development(developed, bands));
        Console.WriteLine(evaluation.ToMarkdown());
        var profile = EncoderBundleWriter.Write(output, folder, KnownTextChoice.ForEncoder(folder.Parts, development), NgramBundle.Load(first).Profile.Model, unseen, prompt, completion, bands, clearing, evaluation);
        Console.WriteLine($"{profile.Model} written to {output}");
    }

    private static List<(StageScores Stages, Scored Scored)> Apply(
        IReadOnlyList<StageScores> rows, Dictionary<string, BlendLine> prompt, Dictionary<string, BlendLine> completion)
    {
        var lines = new Dictionary<TextKind, ImmutableArray<BlendLine>>
        {
            [TextKind.Prompt] = [.. LabelMap.Heads.Select(head => prompt[head])],
            [TextKind.Completion] = [.. LabelMap.Heads.Select(head => completion[head])],
        };
        return [.. rows.Select(row =>
        {
            var probabilities = (float[])row.Encoder.Clone();
            StageBlend.Apply(lines[row.Row.Kind], row.Ngram, probabilities);
            return (row, new Scored(row.Row, probabilities));
        })];
    }
}
