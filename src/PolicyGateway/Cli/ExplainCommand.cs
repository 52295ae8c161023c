using System.Collections.Immutable;
using System.CommandLine;
using System.Text.Json;
using PolicyGateway.Classification;
using PolicyGateway.Cli.Explaining;
using PolicyGateway.Policy;

namespace PolicyGateway.Cli;

/// <summary>
/// <c>explain</c>: who asks and what the classifier would say, or a text, to the decision and the rule that makes it; of a text
/// also what in it the decision came of.
/// </summary>
internal static class ExplainCommand
{
    /// <summary>The shipped bundle's heads, with plain thresholds: enough to ask a policy without loading a model.</summary>
    public static readonly ClassifierProfile PlainProfile = Plain(
        "cyber", "bio", "chem", "nuclear", "weapons", "fraud", "influence", "adult", "self_harm", "violence_hate", "privacy",
        "illicit", "minors", "jailbreak", "flagged", "prohibited");

    private const int DefaultPassages = 40;
    private const int DefaultSeconds = 60;
    private const int MostSeconds = 24 * 60 * 60;

    private static readonly JsonSerializerOptions JsonOptions = new() { WriteIndented = true };

    /// <param name="profile">Heads and thresholds to take instead of those of the bundle that <c>--bundle</c> names.</param>
    /// <param name="time">For credentials that expire.</param>
    /// <param name="input">Where a text is read that is not given; null is standard input.</param>
    public static Command Create(ClassifierProfile? profile = null, TimeProvider? time = null, TextReader? input = null)
    {
        time ??= TimeProvider.System;
        var tools = new ToolOptions();
        var tier = new Option<string?>("--tier") { Description = "The caller's tier; the lowest without." };
        var credential = Several("--credential", "A credential of the caller; may be repeated.");
        var tenant = new Option<string?>("--tenant") { Description = "The caller's tenant." };
        var acr = new Option<string?>("--acr") { Description = "How the caller logged in, which was just now." };
        var bound = new Option<bool>("--bound") { Description = "The caller's token is bound to a key that the caller proved to hold." };
        var credentialAge = new Option<uint>("--credential-age") { Description = "How many seconds ago the caller's credentials were proved; just now without." };
        var assurance = new Option<string?>("--credential-assurance") { Description = "How sure the issuer of the caller's credentials is, in its own word." };
        var json = new Option<bool>("--json") { Description = "Print JSON." };
        var scores = new ScoreOptions();
        var text = new TextOptions();
        var command = new Command("explain", "Says what the policy decides, which rule decides it, and of a text also what in it that comes of.")
        {
            tier, credential, credentialAge, assurance, tenant, acr, bound, json,
        };
        tools.AddTo(command);
        scores.AddTo(command);
        text.AddTo(command);
        command.Validators.Add(result =>
        {
            var isText = result.GetResult(text.Text) is not null;
            foreach (var option in isText ? scores.All : text.Others)
            {
                if (result.GetResult(option) is { Implicit: false })
                {
                    result.AddError(isText ? $"{option.Name} stands for what a model would say; with --text the model is asked." : $"{option.Name} goes with --text.");
                }
            }
        });
        command.SetAction((parsed, cancellationToken) => CommandFault.ReportAsync(
            async () =>
            {
                var settings = tools.Read(parsed);
                var caller = new AskingCaller(
                    parsed.GetValue(tier), parsed.GetValue(credential)!, parsed.GetValue(tenant), parsed.GetValue(acr), IsBound: parsed.GetValue(bound),
                    CredentialAge: TimeSpan.FromSeconds(parsed.GetValue(credentialAge)), Assurance: parsed.GetValue(assurance));
                var (output, errors) = (parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
                return parsed.GetResult(text.Text) is not null
                    ? await new ExplainText(settings, input ?? Console.In, output, errors, time).RunAsync(text.Read(parsed, caller, parsed.GetValue(json)), cancellationToken)
                    : await RunAsync(scores.Read(parsed, caller), settings, profile, output, time.GetUtcNow(), parsed.GetValue(json));
            },
            parsed.InvocationConfiguration.Error));
        return command;
    }

    private static async Task<int> RunAsync(
        ImaginedScores asked, ToolSettings settings, ClassifierProfile? profile, TextWriter output, DateTimeOffset now, bool asJson)
    {
        var heads = profile ?? await LoadProfileAsync(settings);
        var policy = settings.LoadPolicy(heads);
        if (asked.AsTable)
        {
            output.Write(PolicyTablePrinter.Print(policy, settings.Ladder, now));
            return 0;
        }

        if (asked.Faults(policy, settings.Ladder).ToList() is { Count: > 0 } faults)
        {
            throw new CommandFault(string.Join(Environment.NewLine, faults));
        }

        var verdict = policy.Judge(asked.Scores(policy, heads));
        var caller = asked.Caller.ToCaller(settings.Ladder, now);
        var answer = DecisionAnswer.Of(policy, caller, verdict, DecisionAnswer.Decide(policy, caller, verdict, asked.IsPrompt, now), now);
        if (asJson)
        {
            output.WriteLine(JsonSerializer.Serialize(answer.ToDictionary(line => line.Name, line => line.Value), JsonOptions));
        }
        else
        {
            DecisionAnswer.Write(answer, output);
        }

        return 0;
    }

    private static async Task<ClassifierProfile> LoadProfileAsync(ToolSettings settings)
    {
        // The files are verified as for serving: thresholds of a bundle that would not start explain nothing.
        await using var classifier = settings.LoadClassifier();
        return classifier.Profile;
    }

    private static Option<string[]> Several(string name, string description) =>
        new(name) { Description = description, AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [] };

    private static ClassifierProfile Plain(params ImmutableArray<string> heads) =>
        new("none", heads, [.. heads.Select(_ => new HeadThreshold(0.3f, 0.6f))]);

    /// <summary>The options that say what a model would say.</summary>
    private sealed class ScoreOptions
    {
        private readonly Option<string[]> _category = Several("--category", "A category of the text; may be repeated. None is a clear text.");
        private readonly Option<float> _score = new("--score") { Description = "Its probability.", DefaultValueFactory = _ => 0.9f };
        private readonly Option<float> _prohibited = new("--prohibited-score") { Description = "The probability of the head 'prohibited'." };
        private readonly Option<string> _side = new("--side") { Description = "prompt or completion.", DefaultValueFactory = _ => "prompt" };
        private readonly Option<bool> _table = new("--table") { Description = "Print the decision of every category, band and tier." };

        public ScoreOptions() => _side.AcceptOnlyFromAmong("prompt", "completion");

        public IReadOnlyList<Option> All => [_category, _score, _prohibited, _side, _table];

        public void AddTo(Command command)
        {
            foreach (var option in All)
            {
                command.Options.Add(option);
            }
        }

        public ImaginedScores Read(ParseResult parsed, AskingCaller caller) => new(
            caller, parsed.GetValue(_category)!, parsed.GetValue(_score), parsed.GetValue(_prohibited), parsed.GetValue(_side) == "prompt", parsed.GetValue(_table));
    }

    /// <summary>The options of a text.</summary>
    private sealed class TextOptions
    {
        private readonly Option<TextKind> _kind = ToolOptions.Kind();
        private readonly Option<string?> _prompt = new("--prompt") { Description = "The prompt that a completion answers." };
        private readonly Option<string?> _head = new("--head") { Description = "The head of the model whose evidence is looked for. Default: the one that decided.", HelpName = "NAME" };
        private readonly Option<int?> _passages = ToolOptions.Number("--passages", $"How many passages are left out at most, to see what they weigh. Default: {DefaultPassages}.");
        private readonly Option<int?> _seconds = ToolOptions.Number("--seconds", $"How long that may take. Default: {DefaultSeconds}.");

        public Option<string[]> Text { get; } = new("--text")
        {
            Description = "A text; several words are joined by spaces. Without one, standard input is read.",
            Arity = ArgumentArity.ZeroOrMore,
            AllowMultipleArgumentsPerToken = true,
        };

        public IReadOnlyList<Option> Others => [_kind, _prompt, _head, _passages, _seconds];

        public void AddTo(Command command)
        {
            command.Options.Add(Text);
            foreach (var option in Others)
            {
                command.Options.Add(option);
            }
        }

        public ExplainedText Read(ParseResult parsed, AskingCaller caller, bool asJson) => new(
            parsed.GetValue(Text) ?? [],
            parsed.GetValue(_kind),
            parsed.GetValue(_prompt),
            caller,
            parsed.GetValue(_head),
            parsed.GetValue(_passages) ?? DefaultPassages,
            TimeSpan.FromSeconds(Math.Min(parsed.GetValue(_seconds) ?? DefaultSeconds, MostSeconds)),
            asJson);
    }
}
