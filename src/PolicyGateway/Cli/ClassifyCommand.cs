using System.CommandLine;
using PolicyGateway.Classification;
using PolicyGateway.Policy;

namespace PolicyGateway.Cli;

/// <summary><c>classify</c>: what the model and the policy say of a text, or of every line of a file.</summary>
internal static class ClassifyCommand
{
    public static Command Create()
    {
        var text = new Argument<string[]>("text")
        {
            Description = "The text; several words are joined by spaces. Without it, standard input is read.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var jsonl = new Option<bool>("--jsonl")
        {
            Description = "Read lines of {\"id\",\"kind\",\"text\",\"prompt\"?} from standard input and write a line of JSON for each, in order.",
        };
        var kind = ToolOptions.Kind();
        var prompt = new Option<string?>("--prompt") { Description = "The prompt that a completion answers." };
        var tools = new ToolOptions();
        var command = new Command("classify", "Say of a text whether it is benign, dual-use or prohibited.") { text, jsonl, kind, prompt };
        tools.AddTo(command);
        command.Validators.Add(result =>
        {
            if (result.GetValue(jsonl) && (result.GetValue(text)?.Length > 0 || result.GetValue(prompt) is not null || result.GetResult(kind) is not null))
            {
                result.AddError("--jsonl reads text, kind and prompt from each line of standard input: leave out the text, --kind and --prompt.");
            }
            else if (result.GetValue(prompt) is not null && result.GetValue(kind) != TextKind.Completion)
            {
                result.AddError("--prompt is what a completion answers: add --kind completion.");
            }
        });
        command.SetAction((parsed, cancellationToken) => CommandFault.ReportAsync(async () =>
        {
            await using var loaded = await ClassifyTools.LoadAsync(tools.Read(parsed));
            return parsed.GetValue(jsonl)
                ? await RunLinesAsync(loaded, cancellationToken)
                : await RunTextAsync(loaded, parsed.GetValue(text) ?? [], parsed.GetValue(kind), parsed.GetValue(prompt), cancellationToken);
        }));
        return command;
    }

    private static async Task<int> RunLinesAsync(ClassifyTools tools, CancellationToken cancellationToken)
    {
        // Console.In is a synchronised reader that blocks on every line; a large buffered one keeps the lanes busy.
        using var input = new StreamReader(Console.OpenStandardInput(), bufferSize: 64 * 1024);
        await using var output = new CheckedOutput(new StreamWriter(Console.OpenStandardOutput(), bufferSize: 64 * 1024) { NewLine = "\n" });
        var progress = new ClassifyProgress(Console.Error, !Console.IsErrorRedirected, TimeProvider.System);
        var lines = new ClassifyJsonLines(tools.Classifier, tools.Policy.Judge, tools.Lanes, progress);
        var without = await lines.RunAsync(input, output, Console.Error, cancellationToken);
        progress.Finish();
        if (without == 0)
        {
            return 0;
        }

        await Console.Error.WriteLineAsync($"{without} lines have no verdict; their output lines say why.");
        return 1;
    }

    private static async Task<int> RunTextAsync(
        ClassifyTools tools, string[] words, TextKind kind, string? prompt, CancellationToken cancellationToken)
    {
        var text = words.Length > 0 ? string.Join(' ', words) : await Console.In.ReadToEndAsync(cancellationToken);
        var scores = await tools.Classifier.ClassifyAsync(
            new ClassifierInput(kind, text.AsMemory(), prompt.AsMemory()), cancellationToken);
        if (scores.IsUnknown)
        {
            await Console.Error.WriteLineAsync($"No verdict: {scores.UnknownReason}.");
            return 1;
        }

        await DescribeAsync(tools.Policy.Judge(scores), Console.Out);
        return 0;
    }

    internal static async Task DescribeAsync(Verdict verdict, TextWriter output)
    {
        await output.WriteLineAsync($"{verdict.Severity.Name()}  ({verdict.Stage}, {verdict.Model})");
        foreach (var finding in verdict.Findings)
        {
            await output.WriteLineAsync(FormattableString.Invariant(
                $"  {finding.Category,-24} {finding.Confidence:F3}  {finding.Band.Name(),-9}  {finding.Severity.Name()}"));
        }
    }
}
