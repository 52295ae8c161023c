using System.Globalization;
using PolicyGateway.Cli.Explaining;
using PolicyGateway.Evaluation.Rows;
using PolicyGateway.Identity;
using PolicyGateway.Tests.Policy;

namespace PolicyGateway.Tests.Cli;

public sealed class DecidingHeadTests
{
    [Theory]
    [InlineData("cyber", "cyber=0.9", false)]
    [InlineData("cyber", "cyber=0.9 bio=0.4", false)]
    [InlineData("bio", "cyber=0.4 bio=0.5", false)]
    [InlineData("prohibited", "cyber=0.9 prohibited=0.9", false)]
    [InlineData("minors", "minors=0.9 prohibited=0.1", false)]
    [InlineData("flagged", "flagged=0.9", false)]
    [InlineData("flagged", "cyber=0.4 flagged=0.9", false)]
    [InlineData("cyber", "cyber=0.7 flagged=0.9", false)]
    [InlineData("cyber", "cyber=0.9", true)]
    [InlineData("fraud", "fraud=0.29 cyber=0.1", false)]
    [InlineData("cyber", "", false)]
    public void It_is_the_one_without_which_the_decision_would_be_another(string head, string scores, bool isCleared)
    {
        var (policy, profile, now) = (ThePolicy.Shipped, ThePolicy.Profile, DateTimeOffset.UnixEpoch);
        var all = ThePolicy.Scores([.. scores.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split('='))
            .Select(pair => (pair[0], float.Parse(pair[1], CultureInfo.InvariantCulture)))]);
        var caller = isCleared
            ? ThePolicy.Someone("professional", "security-professional")
            : Caller.Anonymous(TierLadder.Default);
        var verdict = policy.Judge(all);
        var decision = DecisionAnswer.Decide(policy, caller, verdict, isPrompt: true, now);

        Assert.Equal(head, profile.Heads[DecidingHead.Of(policy, verdict, decision, all.Probabilities, new Edges(profile, policy.Categories))]);
    }
}
