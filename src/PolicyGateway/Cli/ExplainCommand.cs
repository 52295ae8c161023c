using System.Collections.Immutable;
using System.CommandLine;
using System.Text.Json;
using PolicyGateway.Classification;
using PolicyGateway.Identity;
using PolicyGateway.Policy;

namespace PolicyGateway.Cli;

/// <summary><c>explain</c>: who asks and what the classifier would say, to the decision and the rule that makes it.</summary>
internal static class ExplainCommand
{
    /// <summary>The shipped bundle's heads, with plain thresholds: enough to ask a policy without loading a model.</summary>
    public static readonly ClassifierProfile PlainProfile = Plain(
        "cyber", "bio", "chem", "nuclear", "weapons", "fraud", "influence", "adult", "self_harm", "violence_hate", "privacy",
        "illicit", "minors", "jailbreak", "flagged", "prohibited");

    private static readonly JsonSerializerOptions JsonOptions = new() { WriteIndented = true };

    /// <param name="ladder">The deployment's tiers.</param>
    /// <param name="profile">Heads and thresholds to take instead of those of the bundle that <c>--bundle</c> names.</param>
    /// <param name="time">For credentials that expire.</param>
    public static Command Create(TierLadder? ladder = null, ClassifierProfile? profile = null, TimeProvider? time = null)
    {
        ladder ??= TierLadder.Default;
        var policy = new Option<string?>("--policy") { Description = $"The policy file. Default: {RepositoryFiles.Policy}." };
        var bundle = new Option<string?>("--bundle") { Description = $"Folder of the model bundle whose thresholds count. Default: {RepositoryFiles.Bundle}." };
        var encoder = ClassifyTools.Encoder();
        var tier = new Option<string?>("--tier") { Description = "The caller's tier; the lowest without." };
        var credential = Several("--credential", "A credential of the caller; may be repeated.");
        var tenant = new Option<string?>("--tenant") { Description = "The caller's tenant." };
        var acr = new Option<string?>("--acr") { Description = "How the caller logged in, which was just now." };
        var category = Several("--category", "A category of the text; may be repeated. None is a clear text.");
        var score = new Option<float>("--score") { Description = "Its probability.", DefaultValueFactory = _ => 0.9f };
        var prohibited = new Option<float>("--prohibited-score") { Description = "The probability of the head 'prohibited'." };
        var side = new Option<string>("--side") { Description = "prompt or completion.", DefaultValueFactory = _ => "prompt" };
        var json = new Option<bool>("--json") { Description = "Print JSON." };
        var table = new Option<bool>("--table") { Description = "Print the decision of every category, band and tier." };
        side.AcceptOnlyFromAmong("prompt", "completion");

        var command = new Command("explain", "Says what the policy decides, and which rule decides it.")
        {
            policy, bundle, encoder, tier, credential, tenant, acr, category, score, prohibited, side, json, table,
        };
        command.SetAction(parsed =>
        {
            var output = parsed.InvocationConfiguration.Output;
            var error = parsed.InvocationConfiguration.Error;
            var read = Read(parsed.GetValue(policy), parsed.GetValue(bundle), parsed.GetValue(encoder), ladder, profile);
            if (read.Policy is not { } snapshot)
            {
                return Complain(error, read.Faults);
            }

            if (parsed.GetValue(table))
            {
                output.Write(PolicyTablePrinter.Print(snapshot, ladder, (time ?? TimeProvider.System).GetUtcNow()));
                return 0;
            }

            var asked = new Asked(
                parsed.GetValue(tier),
                parsed.GetValue(credential)!,
                parsed.GetValue(tenant),
                parsed.GetValue(acr),
                parsed.GetValue(category)!,
                parsed.GetValue(score),
                parsed.GetValue(prohibited),
                parsed.GetValue(side) == "prompt");
            var faults = asked.Faults(snapshot, ladder).ToList();
            if (faults.Count > 0)
            {
                return Complain(error, faults);
            }

            Print(output, snapshot, asked, ladder, read.Heads, (time ?? TimeProvider.System).GetUtcNow(), parsed.GetValue(json));
            return 0;
        });
        return command;
    }

    /// <summary>The policy, checked against the heads of the bundle; or every fault.</summary>
    private static (PolicySnapshot? Policy, ClassifierProfile Heads, IEnumerable<string> Faults) Read(
        string? policy, string? bundle, string? encoder, TierLadder ladder, ClassifierProfile? profile)
    {
        try
        {
            var heads = profile ?? LoadProfile(bundle, encoder);
            var found = PolicyCheck.Check(policy ?? RepositoryFiles.Require(RepositoryFiles.Policy, "--policy"), ladder, heads);
            return (found.Snapshot, heads, found.Faults.Select(fault => fault.ToString()));
        }
        catch (Exception fault) when (fault is BundleException or CommandFault)
        {
            return (null, PlainProfile, [fault.Message]);
        }
    }

    private static ClassifierProfile LoadProfile(string? bundle, string? encoder)
    {
        // The files are verified as for serving: thresholds of a bundle that would not start explain nothing.
        var classifier = Classifiers.Load(ClassifyTools.Options(bundle, encoder));
        try
        {
            return classifier.Profile;
        }
        finally
        {
            classifier.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }

    private static Option<string[]> Several(string name, string description) =>
        new(name) { Description = description, AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [] };

    private static void Print(
        TextWriter output, PolicySnapshot policy, Asked asked, TierLadder ladder, ClassifierProfile heads, DateTimeOffset now, bool asJson)
    {
        var verdict = policy.Judge(asked.Scores(policy, heads));
        var caller = asked.Caller(ladder, now);
        var decision = asked.IsPrompt
            ? PolicyTable.DecidePrompt(policy, caller, verdict, hasUnclassifiedInput: false, now)
            : PolicyTable.DecideCompletion(policy, caller, verdict, now);
        var answer = new (string Name, string? Value)[]
        {
            ("decision", decision.Action.Name()),
            ("reason", decision.Reason),
            ("rule", decision.Rule),
            ("category", decision.Category),
            ("severity", verdict.Severity.Name()),
            ("required_tier", decision.Requirement?.Tier),
            ("required_credentials", decision.Requirement is { } needed ? string.Join(" | ", needed.AnyOfCredentials) : null),
            ("findings", string.Join(", ", verdict.Findings.Select(found => $"{found.Category} {found.Band.Name()} ({found.Severity.Name()})"))),
            ("clearance", string.Join(", ", PolicyTable.ClearanceOf(policy, caller, now).Categories.Order(StringComparer.Ordinal))),
            ("release_mode", JsonNamingPolicy.SnakeCaseLower.ConvertName(decision.ReleaseMode.ToString())),
            ("mode", JsonNamingPolicy.SnakeCaseLower.ConvertName(decision.Mode.ToString())),
            ("policy_version", decision.PolicyVersion),
        };
        if (asJson)
        {
            output.WriteLine(JsonSerializer.Serialize(answer.ToDictionary(line => line.Name, line => line.Value), JsonOptions));
            return;
        }

        foreach (var (name, value) in answer.Where(line => !string.IsNullOrEmpty(line.Value)))
        {
            output.WriteLine($"{name,-22}{value}");
        }
    }

    private static int Complain(TextWriter error, IEnumerable<string> faults)
    {
        foreach (var fault in faults)
        {
            error.WriteLine(fault);
        }

        return 1;
    }

    private static ClassifierProfile Plain(params ImmutableArray<string> heads) =>
        new("none", heads, [.. heads.Select(_ => new HeadThreshold(0.3f, 0.6f))]);

    /// <summary>A question to the policy.</summary>
    private sealed record Asked(
        string? Tier, string[] Credentials, string? Tenant, string? Acr, string[] Categories, float Score, float Prohibited, bool IsPrompt)
    {
        public IEnumerable<string> Faults(PolicySnapshot policy, TierLadder ladder)
        {
            if (Tier is not null && !ladder.TryGet(Tier, out _))
            {
                yield return $"--tier: '{Tier}' is no tier. The tiers are: {string.Join(", ", ladder.Tiers)}.";
            }

            var known = string.Join(", ", policy.Categories.Select(category => category.Id));
            foreach (var unknown in Categories.Where(category => !policy.TryGet(category, out _)))
            {
                yield return $"--category: '{unknown}' is no category of this policy. It has: {known}.";
            }

            if (Score is not (>= 0 and <= 1) || Prohibited is not (>= 0 and <= 1))
            {
                yield return "--score, --prohibited-score: a probability is from 0 to 1.";
            }
        }

        /// <summary>Someone is asking: only a caller of the lowest tier without anything else is anonymous.</summary>
        public Caller Caller(TierLadder ladder, DateTimeOffset now) =>
            Tier is null && Credentials.Length == 0 && Tenant is null && Acr is null
                ? Identity.Caller.Anonymous(ladder)
                : new Caller(
                    "explain",
                    "someone",
                    null,
                    Tenant,
                    ladder.Parse(Tier),
                    [.. Credentials.Select(name => new Credential(name, "explain"))],
                    Acr,
                    AuthTime: now);

        public Scores Scores(PolicySnapshot policy, ClassifierProfile heads)
        {
            var probabilities = new float[heads.Heads.Length];
            foreach (var category in policy.Categories.Where(category => Categories.Contains(category.Id, StringComparer.Ordinal)))
            {
                probabilities[category.HeadIndex] = Score;
            }

            if (heads.IndexOf("prohibited") is >= 0 and var head)
            {
                probabilities[head] = Prohibited;
            }

            return new Scores([.. probabilities], "explain", heads.Model, 1);
        }
    }
}
