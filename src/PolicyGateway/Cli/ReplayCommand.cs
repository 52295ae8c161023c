using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using PolicyGateway.Evaluation.Rows;
using PolicyGateway.Replay;

namespace PolicyGateway.Cli;

/// <summary><c>replay</c>: what another policy or model would have decided of recorded texts.</summary>
internal static class ReplayCommand
{
    private const int DefaultChanges = 100;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        WriteIndented = true,
    };

    public static Command Create()
    {
        var data = new Option<string[]>("--data")
        {
            Description = "Files of recorded texts and who asked, as lines of JSON, gzipped where the name ends in .gz.",
            HelpName = "FILE",
            Required = true,
            AllowMultipleArgumentsPerToken = true,
        };
        var tools = new ToolOptions();
        tools.Config.Description = "A configuration file of the gateway, read after appsettings.json as for serve: its model, policy and tiers decide now.";
        tools.Policy.Description = "The policy that is tried. Default: the one of now.";
        tools.Bundle.Description = "Folder of the model bundle that is tried; named alone it decides alone. Default: the one of now.";
        tools.Encoder.Description = "Folder of the second stage's bundle that is tried. Default: the one of now.";
        var changes = ToolOptions.Number("--changes", $"How many of the rows that change are listed. Default: {DefaultChanges}.");
        var limit = ToolOptions.Number("--limit", "Read no more rows than this.");
        var json = new Option<bool>("--json") { Description = "Print JSON." };
        var command = new Command("replay", "Say what another policy or model would decide of recorded texts, and for whom it would change what.")
        {
            data, changes, limit, json,
        };
        tools.AddTo(command);
        command.Validators.Add(result =>
        {
            if (new Option[] { tools.Policy, tools.Bundle, tools.Encoder }.All(option => result.GetResult(option) is null))
            {
                result.AddError("Name what is tried: --policy, --bundle or --encoder.");
            }
        });
        command.SetAction((parsed, cancellationToken) => CommandFault.ReportAsync(
            async () =>
            {
                var (output, errors) = (parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
                RequireFiles(parsed.GetRequiredValue(data));
                var (current, candidate) = (ToolSettings.Read(parsed.GetValue(tools.Config)), tools.Read(parsed));
                var isSameModel = parsed.GetValue(tools.Bundle) is null && parsed.GetValue(tools.Encoder) is null;
                var faults = new RowFaults(errors);
                var files = Rows(parsed.GetRequiredValue(data), new TrafficReader(current.Ladder), faults, parsed.GetValue(limit) ?? long.MaxValue);
                var report = await RunAsync(current, candidate, isSameModel, files, faults, parsed.GetValue(changes) ?? DefaultChanges, errors, cancellationToken);
                if (parsed.GetValue(json))
                {
                    output.WriteLine(JsonSerializer.Serialize(report, Json));
                }
                else
                {
                    ReplayText.Write(report, output);
                }

                return Conclude(faults, errors);
            },
            parsed.InvocationConfiguration.Error));
        return command;
    }

    private static async Task<ReplayReport> RunAsync(
        ToolSettings current, ToolSettings candidate, bool isSameModel, RowFiles<TrafficRow> files, RowFaults faults, int listed, TextWriter errors, CancellationToken cancellationToken)
    {
        await using var now = await ClassifyTools.LoadAsync(current);
        await using var other = isSameModel ? null : await ClassifyTools.LoadAsync(candidate);
        var before = new Decider(now.Classifier, now.Policy);
        var after = other is not null ? new Decider(other.Classifier, other.Policy) : before with { Policy = candidate.LoadPolicy(now.Classifier.Profile) };
        var at = TimeProvider.System.GetUtcNow();
        var progress = new ClassifyProgress(errors, !Console.IsErrorRedirected, TimeProvider.System, "rows");
        var tally = new ReplayTally(listed);
        await foreach (var row in new ReplayRun(before, after, current.Ladder, current.Lanes, at).RunAsync(files.Read(), cancellationToken))
        {
            tally.Add(row);
            progress.Done();
        }

        progress.Finish();
        return tally.Rows > 0
            ? tally.ToReport(at, Of(before, current), Of(after, candidate), faults.LeftOut)
            : throw new CommandFault("No row could be read, so there is nothing to report.");
    }

    private static RowFiles<TrafficRow> Rows(string[] files, TrafficReader reader, RowFaults faults, long limit)
    {
        return new RowFiles<TrafficRow>(files, Read, faults, limit);

        // A prompt and its completion may have one id, so rows are not told apart by it.
        TrafficRow? Read(string line, long number, out string? id, out string? fault)
        {
            id = null;
            return reader.Read(line, out fault);
        }
    }

    private static DecidedBy Of(Decider decider, ToolSettings settings) =>
        new(decider.Classifier.Profile.Model, settings.PolicyFile, decider.Policy.Version);

    private static void RequireFiles(IEnumerable<string> files)
    {
        if (files.Where(file => !File.Exists(file)).ToList() is { Count: > 0 } missing)
        {
            throw new CommandFault(string.Join(Environment.NewLine, missing.Select(file => $"--data: there is no file {file}.")));
        }
    }

    /// <summary>Whatever changes, the run went well; only rows that are missing from the report are a fault.</summary>
    private static int Conclude(RowFaults faults, TextWriter errors)
    {
        if (faults.LeftOut == 0 && faults.BadFiles == 0)
        {
            return 0;
        }

        errors.WriteLine($"{faults.LeftOut} lines were left out, {faults.BadFiles} files were bad; the report is that of the rest.");
        return 1;
    }
}
