using System.Globalization;
using PolicyGateway.Classification;
using PolicyGateway.Identity;
using PolicyGateway.Policy;
using Xunit.Abstractions;

namespace PolicyGateway.Tests.Policy;

/// <summary>What holds for every policy, caller and verdict; a seed that failed is printed and can be put in.</summary>
public sealed class PolicyTablePropertyTests(ITestOutputHelper output)
{
    [Fact]
    public void The_table_is_total_and_strict()
    {
        var seed = Environment.GetEnvironmentVariable("POLICY_SEED") is { } given ? int.Parse(given, CultureInfo.InvariantCulture) : Random.Shared.Next();
        output.WriteLine($"POLICY_SEED={seed}");
        var random = new Random(seed);
        for (var round = 0; round < 400; round++)
        {
            var policy = ThePolicy.Load(SomePolicy.Of(random));
            for (var question = 0; question < 40; question++)
            {
                Ask(policy, SomePolicy.Caller(random), SomeVerdict(random, policy), random.Next(2) == 0, SomePolicy.Credentials[random.Next(SomePolicy.Credentials.Length)]);
            }
        }
    }

    private static void Ask(PolicySnapshot policy, Caller caller, Verdict verdict, bool unclassified, string credential)
    {
        var prompt = PolicyTable.DecidePrompt(policy, caller, verdict, unclassified, ThePolicy.Now);
        var completion = PolicyTable.DecideCompletion(policy, caller, verdict, ThePolicy.Now);

        // A pure function: asked again, the same.
        Assert.Equal(prompt, PolicyTable.DecidePrompt(policy, caller, verdict, unclassified, ThePolicy.Now));
        Assert.NotEqual(DecisionAction.Hold, completion.Action);
        if (prompt.Mode == PolicyMode.Off)
        {
            return;
        }

        var prohibited = !verdict.Findings.IsDefault && verdict.Findings.Any(found => found.Severity == Severity.Prohibited && found.Band != Band.Clear);
        if (verdict.IsUnknown || prohibited)
        {
            Assert.NotEqual(DecisionAction.Allow, prompt.Action);
            Assert.True(completion.Refuses);
        }

        if (unclassified)
        {
            Assert.NotEqual(DecisionAction.Allow, prompt.Action);
        }

        if (prompt.Action != DecisionAction.Allow && prompt.Mode == PolicyMode.Enforce)
        {
            Assert.Equal(ReleaseMode.HoldAll, prompt.ReleaseMode);
        }

        // One more proof never makes it stricter, nor does one more tier.
        var richer = caller with { Credentials = [.. caller.Credentials.IsDefault ? [] : caller.Credentials, new Credential(credential, "x")] };
        var higher = caller with { Tier = ThePolicy.Ladder.Tiers[Math.Min(caller.Tier.Rank + 1, ThePolicy.Ladder.Highest.Rank)] };
        foreach (var better in new[] { richer, higher })
        {
            Assert.True(PolicyTable.DecidePrompt(policy, better, verdict, unclassified, ThePolicy.Now).Action <= prompt.Action);
            Assert.True(PolicyTable.DecideCompletion(policy, better, verdict, ThePolicy.Now).Action <= completion.Action);
        }

        // What is released although it was found is in the clearance, or the row of its category lets it pass.
        var clearance = PolicyTable.ClearanceOf(policy, caller, ThePolicy.Now);
        if (completion is { Action: DecisionAction.Allow, Category: { } category, Reason: ReasonCode.AllowedByClearance })
        {
            Assert.True(clearance.Opens(category));
        }
    }

    /// <summary>From scores, of which some are none, or put together as no judge would.</summary>
    private static Verdict SomeVerdict(Random random, PolicySnapshot policy)
    {
        switch (random.Next(8))
        {
            case 0:
                return ThePolicy.Unknown((UnknownReason)random.Next(1, 6));
            case 1:
                return new Verdict((Severity)random.Next(3), default, "s", "m");
            case 2:
            case 3:
                return new Verdict(
                    (Severity)random.Next(3),
                    [.. SomePolicy.Ids.Append("unheard").Where(_ => random.Next(2) == 0).Select(id => new Finding(id, random.NextSingle(), (Band)random.Next(3), (Severity)random.Next(3)))],
                    "s",
                    "m");
            default:
                float[] values = [.. SomePolicy.Scores(random).Probabilities];
                if (random.Next(10) == 0)
                {
                    values[random.Next(values.Length)] = random.Next(2) == 0 ? float.NaN : 1.5f;
                }

                return policy.Judge(new Scores([.. values], "s", "m", 1));
        }
    }
}
