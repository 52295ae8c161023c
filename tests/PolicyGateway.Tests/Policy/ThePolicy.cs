using PolicyGateway.Classification;
using PolicyGateway.Cli;
using PolicyGateway.Identity;
using PolicyGateway.Policy;

namespace PolicyGateway.Tests.Policy;

/// <summary>Policies, callers and scores, as the tests speak of them.</summary>
internal static class ThePolicy
{
    public static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    /// <summary>Sixteen heads; in doubt from 0.3, found from 0.6.</summary>
    public static readonly ClassifierProfile Profile = ExplainCommand.PlainProfile;

    public static readonly TierLadder Ladder = TierLadder.Default;

    public static string RepositoryRoot { get; } = FindRoot();

    public static string ShippedPath => Path.Combine(RepositoryRoot, "policy.json");

    public static PolicySnapshot Shipped { get; } = Load(File.ReadAllText(ShippedPath));

    /// <summary>A small policy: cyber for security professionals, bio after a fresh login, minors for nobody.</summary>
    public const string Small = """
        {
          "name": "small",
          "anonymous": "allow",
          "tenants": { "pilot": { "mode": "shadow" }, "lab": { "mode": "off" } },
          "severity": [
            { "severity": "prohibited", "category": "minors" },
            { "severity": "prohibited", "category": "cyber", "head": "prohibited", "at_least": 0.7 },
          ],
          "categories": {
            "cyber": {
              "requires": { "tier": "verified", "any_of": ["security-professional", "researcher"] },
              "prompt": { "uncertain": "hold", "flagged": "refuse" },
              "completion": { "uncertain": "log", "flagged": "refuse" }
            },
            "bio": {
              "requires": { "tier": "professional", "any_of": ["life-sciences"], "acr_values": ["phr"], "max_age": 600 },
              "prompt": { "uncertain": "hold", "flagged": "refuse" }
            },
            "self_harm": {
              "requires": { "tier": "professional", "any_of": ["clinician"] },
              "prompt": { "uncertain": "log", "flagged": "hold" },
              "completion": { "uncertain": "log" }
            },
            "adult": { "requires": { "tier": "registered", "any_of": [] }, "prompt": { "uncertain": "allow" } },
            "minors": { "requires": { "tier": "public", "any_of": [] }, "prompt": { "uncertain": "allow" }, "completion": { "uncertain": "allow" } },
            "weapons": { "title": "Nobody's" },
            "other": { "head": "flagged", "fallback": true, "requires": { "tier": "professional", "any_of": ["researcher"] } }
          }
        }
        """;

    public static PolicySnapshot Load(string json)
    {
        var found = PolicyCheck.CheckText(json, Ladder, Profile);
        Assert.Empty(found.Faults);
        return found.Snapshot!;
    }

    public static Caller Someone(string tier, params string[] credentials) =>
        new("https://issuer.example", "someone", null, null, Ladder.Parse(tier), [.. credentials.Select(name => new Credential(name, "https://issuer.example"))]);

    public static Scores Scores(params (string Head, float Probability)[] heads)
    {
        var probabilities = new float[Profile.Heads.Length];
        foreach (var (head, probability) in heads)
        {
            probabilities[Profile.IndexOf(head)] = probability;
        }

        return new Scores([.. probabilities], "ngram", "test@1", 1);
    }

    public static Verdict Found(string category, Band band, Severity severity = Severity.DualUse) =>
        new(band == Band.Flagged ? severity : Severity.Benign, [new Finding(category, 0.8f, band, severity)], "ngram", "test@1");

    public static Verdict Unknown(UnknownReason reason = UnknownReason.Deadline) =>
        Verdict.Unknown(PolicyGateway.Classification.Scores.Unknown(reason, "ngram", "test@1"));

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "PolicyGateway.sln")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("The tests do not run inside the repository.");
        }

        return folder.FullName;
    }
}
