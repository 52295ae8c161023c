using PolicyGateway.Identity;
using PolicyGateway.Policy;

namespace PolicyGateway.Tests.Policy;

/// <summary>Whoever is refused is told what is missing, and nothing that would not help.</summary>
public sealed class MissingThingTests
{
    [Theory]
    [InlineData("\"acr_values\": [\"phr\"]")]
    [InlineData("\"max_age\": 600")]
    [InlineData("\"sender_constrained\": true")]
    internal void A_key_is_sent_to_no_login_since_none_makes_it_stronger_fresher_or_bound(string asked)
    {
        var policy = ThePolicy.Load($$"""{ "name": "n", "categories": { "bio": { "requires": { "tier": "verified", "any_of": [], {{asked}} } } } }""");
        var verdict = ThePolicy.Found("bio", Band.Flagged);
        var key = ThePolicy.Someone("verified") with { KeyId = "key_1" };
        var granted = key with { Grants = [new CallerGrant("g", ["bio"], ThePolicy.Now, ThePolicy.Now.AddDays(1))] };

        foreach (var caller in new[] { key, granted, key with { Tier = ThePolicy.Ladder.Lowest } })
        {
            var decision = PolicyTable.DecidePrompt(policy, caller, verdict, false, ThePolicy.Now);
            Assert.Equal((DecisionAction.Refuse, "person_token_required", "bio"), (decision.Action, decision.Reason, decision.Category));
            Assert.Equal("person_token_required", PolicyTable.DecideCompletion(policy, caller, verdict, ThePolicy.Now).Reason);
        }

        Assert.Equal(DecisionAction.StepUp, PolicyTable.DecidePrompt(policy, granted with { KeyId = null }, verdict, false, ThePolicy.Now).Action);
    }

    [Fact]
    public void Whoever_was_revoked_is_told_so_and_not_that_a_token_is_missing()
    {
        var caller = ThePolicy.Someone("verified").Revoked(ThePolicy.Ladder);

        var decision = PolicyTable.DecideCompletion(ThePolicy.Load(ThePolicy.Small), caller, ThePolicy.Found("cyber", Band.Flagged), ThePolicy.Now);

        Assert.Equal((DecisionAction.StepUp, "invalid_token", "revoked"), (decision.Action, decision.Reason, decision.Rule));
    }

    [Fact]
    public void Whose_actor_is_not_trusted_is_told_that_and_sent_to_no_verification()
    {
        var policy = ThePolicy.Load(ThePolicy.Small);
        var caller = ThePolicy.Someone("public") with { IsDelegated = true, Actors = ["stranger"] };

        foreach (var category in new[] { "cyber", "bio", "adult" })
        {
            var decision = PolicyTable.DecidePrompt(policy, caller, ThePolicy.Found(category, Band.Flagged), false, ThePolicy.Now);
            Assert.Equal((DecisionAction.Refuse, "actor_not_trusted", category), (decision.Action, decision.Reason, decision.Category));
        }

        // What opens to nobody does not open to a trusted one either.
        Assert.Equal("prohibited_content", PolicyTable.DecidePrompt(policy, caller, ThePolicy.Found("minors", Band.Flagged), false, ThePolicy.Now).Reason);
    }
}
