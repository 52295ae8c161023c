using System.CommandLine;
using PolicyGateway.Evaluation;
using PolicyGateway.Evaluation.Rendering;
using PolicyGateway.Evaluation.Report;
using PolicyGateway.Evaluation.Rows;

namespace PolicyGateway.Cli;

/// <summary><c>evaluate</c>: what the classifier and the thresholds in force do on labelled texts.</summary>
internal static class EvaluateCommand
{
    private const int DefaultSample = 200;

    public static Command Create()
    {
        var data = new Option<string[]>("--data")
        {
            Description = "Files of labelled rows, as lines of JSON, gzipped where the name ends in .gz.",
            HelpName = "FILE",
            Required = true,
            AllowMultipleArgumentsPerToken = true,
        };
        var tools = new ToolOptions();
        var json = new Option<string?>("--json") { Description = "Write every figure to this file, as JSON.", HelpName = "FILE" };
        var html = new Option<string?>("--html") { Description = "Write a page with plots and tables to this file.", HelpName = "FILE" };
        var scores = new Option<string?>("--scores")
        {
            Description = "Measure the scores of this file, one line per row, and ask no model.",
            HelpName = "FILE",
        };
        var robustness = new Option<bool>("--robustness") { Description = "Score rewritten copies of a sample of the rows, too." };
        var sample = ToolOptions.Number("--sample", $"How many rows of each class --robustness rewrites. Default: {DefaultSample}.");
        var seed = ToolOptions.Number("--seed", "Seed of the sample and of the confidence intervals. Default: 1.");
        var limit = ToolOptions.Number("--limit", "Read no more rows than this.");
        var command = new Command("evaluate", "Measure the classifier on labelled texts: what it finds, what it holds in vain, for whom, and how fast.")
        {
            data, json, html, scores, robustness, sample, seed, limit,
        };
        tools.AddTo(command);
        command.Validators.Add(result =>
        {
            if (result.GetValue(scores) is not null && result.GetValue(robustness))
            {
                result.AddError("--robustness rewrites texts and scores them anew, which --scores cannot.");
            }
        });
        command.SetAction((parsed, cancellationToken) => CommandFault.ReportAsync(() => RunAsync(
            new EvaluationRequest(
                parsed.GetRequiredValue(data),
                parsed.GetValue(seed) ?? 1,
                parsed.GetValue(limit),
                parsed.GetValue(robustness) ? parsed.GetValue(sample) ?? DefaultSample : 0,
                Scores: parsed.GetValue(scores)),
            (parsed.GetValue(json), parsed.GetValue(html)),
            () => tools.Read(parsed),
            parsed.InvocationConfiguration.Output,
            parsed.InvocationConfiguration.Error,
            cancellationToken),
            parsed.InvocationConfiguration.Error));
        return command;
    }

    private static async Task<int> RunAsync(
        EvaluationRequest request,
        (string? Json, string? Html) reports,
        Func<ToolSettings> settings,
        TextWriter output,
        TextWriter errors,
        CancellationToken cancellationToken)
    {
        RequireFiles(request, reports);
        await using var tools = await ClassifyTools.LoadAsync(settings());
        var faults = new RowFaults(errors);
        var progress = new ClassifyProgress(errors, !Console.IsErrorRedirected, TimeProvider.System);
        var report = await new EvaluationRun(tools.Classifier, tools.Policy, tools.Lanes, TimeProvider.System)
            .RunAsync(request, faults, progress.Done, cancellationToken);
        progress.Finish();
        if (report is null)
        {
            throw new CommandFault("No row could be read, so there is nothing to report.");
        }

        // First what cannot fail: a full disk must not take the summary of a long run with it.
        EvaluationText.Write(report, output);
        await WriteAsync(reports.Json, () => EvaluationJson.Write(report), cancellationToken);
        await WriteAsync(reports.Html, () => HtmlReport.Write(report), cancellationToken);
        if (faults.LeftOut == 0 && faults.BadFiles == 0)
        {
            return 0;
        }

        await errors.WriteLineAsync($"{faults.LeftOut} lines were left out, {faults.BadFiles} files were bad; the figures are those of the rest.");
        return 1;
    }

    /// <summary>Before anything is scored: a run of minutes must not end at a name that was mistyped.</summary>
    private static void RequireFiles(EvaluationRequest request, (string? Json, string? Html) reports)
    {
        string[] faults =
        [
            .. request.Files.Where(file => !File.Exists(file)).Select(file => $"--data: there is no file {file}."),
            .. request.Scores is { } scores && !File.Exists(scores) ? [$"--scores: there is no file {scores}."] : Array.Empty<string>(),
            .. new[] { ("--json", reports.Json), ("--html", reports.Html) }
                .Where(target => target.Item2 is { } file && !Directory.Exists(Path.GetDirectoryName(Path.GetFullPath(file))))
                .Select(target => $"{target.Item1}: the folder of {target.Item2} does not exist."),
        ];
        if (faults.Length > 0)
        {
            throw new CommandFault(string.Join(Environment.NewLine, faults));
        }
    }

    private static async Task WriteAsync(string? file, Func<string> content, CancellationToken cancellationToken)
    {
        if (file is null)
        {
            return;
        }

        try
        {
            await File.WriteAllTextAsync(file, content(), cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandFault($"{file} cannot be written: {e.Message}", e);
        }
    }
}
