using System.Text.Json;
using PolicyGateway.Policy;

namespace PolicyGateway.Tests.Policy;

/// <summary>The policy that ships: what it must cover, and who gets what by it.</summary>
public sealed class ShippedPolicyTests
{
    [Fact]
    public void It_has_no_fault_and_warns_only_of_scores_that_are_inherited()
    {
        var found = PolicyCheck.Check(ThePolicy.ShippedPath, ThePolicy.Ladder, ThePolicy.Profile);

        Assert.Empty(found.Faults);
        Assert.All(found.Warnings, warning => Assert.EndsWith(".head", warning.Key, StringComparison.Ordinal));
    }

    [Fact]
    public void It_covers_every_head_of_the_classifier_and_nests_two_categories_in_cyber()
    {
        var ids = ThePolicy.Shipped.Categories.Select(category => category.Id).ToList();

        Assert.Subset(ids.ToHashSet(), ThePolicy.Profile.Heads.Where(head => head is not ("flagged" or "prohibited")).ToHashSet());
        Assert.Equal(2, ids.Count(id => id.StartsWith("cyber.", StringComparison.Ordinal)));
        Assert.Contains("other", ids);
    }

    [Fact]
    public void Whoever_is_refused_can_read_what_is_in_a_category_and_how_long_it_takes()
    {
        Assert.All(ThePolicy.Shipped.Categories.Where(static category => !category.IsClosed), static category =>
        {
            Assert.True(category.Examples.Length > 0, category.Id);
            Assert.False(string.IsNullOrWhiteSpace(category.Description), category.Id);
            Assert.False(string.IsNullOrWhiteSpace(category.HowLong), category.Id);
        });
        Assert.Equal("minors", Assert.Single(ThePolicy.Shipped.Categories, static category => category.IsClosed).Id);
    }

    [Fact]
    public void A_security_professional_may_use_cyber_and_what_goes_with_it_and_nothing_of_other_professions()
    {
        var clearance = PolicyTable.ClearanceOf(ThePolicy.Shipped, ThePolicy.Someone("professional", "security-professional"), ThePolicy.Now);

        Assert.Equal(["adult", "cyber", "cyber.exploitation", "cyber.malware", "fraud", "jailbreak", "other"], clearance.Categories.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("cyber")]
    [InlineData("bio")]
    [InlineData("weapons")]
    [InlineData("jailbreak")]
    [InlineData("flagged")]
    public void Everyone_else_is_told_what_opens_it(string head)
    {
        var decision = PolicyTable.DecidePrompt(
            ThePolicy.Shipped, PolicyGateway.Identity.Caller.Anonymous(ThePolicy.Ladder), ThePolicy.Shipped.Judge(ThePolicy.Scores((head, 0.9f))), false, ThePolicy.Now);

        Assert.Equal(DecisionAction.Refuse, decision.Action);
        Assert.NotEmpty(decision.Requirement!.AnyOfCredentials);
    }

    [Fact]
    public void A_life_scientist_with_a_password_is_asked_for_a_stronger_login()
    {
        var decision = PolicyTable.DecidePrompt(
            ThePolicy.Shipped, ThePolicy.Someone("professional", "life-sciences"), ThePolicy.Found("bio", Band.Flagged), false, ThePolicy.Now);

        Assert.Equal((DecisionAction.StepUp, ReasonCode.InsufficientUserAuthentication), (decision.Action, decision.Reason));
    }

    [Fact]
    public void Someone_in_distress_is_never_refused_before_the_model_has_answered()
    {
        foreach (var prohibited in new[] { 0f, 0.99f })
        {
            var verdict = ThePolicy.Shipped.Judge(ThePolicy.Scores(("self_harm", 0.99f), ("flagged", 0.99f), ("prohibited", prohibited)));

            Assert.Equal(DecisionAction.Hold, PolicyTable.DecidePrompt(
                ThePolicy.Shipped, PolicyGateway.Identity.Caller.Anonymous(ThePolicy.Ladder), verdict, false, ThePolicy.Now).Action);
        }
    }

    [Theory]
    [InlineData("minors", 0f)]
    [InlineData("cyber", 0.9f)]
    [InlineData("nuclear", 0.9f)]
    public void What_is_prohibited_is_refused_to_the_highest_tier_with_every_credential(string category, float prohibited)
    {
        string[] every = [.. ThePolicy.Shipped.Categories.SelectMany(one => one.Requires.Value?.AnyOfCredentials ?? []).Distinct()];
        var caller = ThePolicy.Someone("professional", every) with { Acr = "phrh", AuthTime = ThePolicy.Now };
        var verdict = ThePolicy.Shipped.Judge(ThePolicy.Scores((category, 0.9f), ("prohibited", prohibited)));

        Assert.Equal(DecisionAction.Prohibit, PolicyTable.DecidePrompt(ThePolicy.Shipped, caller, verdict, false, ThePolicy.Now).Action);
        Assert.Equal(DecisionAction.Prohibit, PolicyTable.DecideCompletion(ThePolicy.Shipped, caller, verdict, ThePolicy.Now).Action);
    }

    [Fact]
    public void The_schema_knows_the_keys_that_the_reader_knows()
    {
        using var schema = JsonDocument.Parse(File.ReadAllText(Path.Combine(ThePolicy.RepositoryRoot, "policy.schema.json")));
        var definitions = schema.RootElement.GetProperty("$defs");

        Assert.Equal(PolicyKeys.Root, Keys(schema.RootElement));
        Assert.Equal(PolicyKeys.Tenant, Keys(definitions.GetProperty("tenant")));
        Assert.Equal(PolicyKeys.SeverityRule, Keys(definitions.GetProperty("severity_rule")));
        Assert.Equal(PolicyKeys.Category, Keys(definitions.GetProperty("category")));
        Assert.Equal(PolicyKeys.Threshold, Keys(definitions.GetProperty("threshold")));
        Assert.Equal(PolicyKeys.Requires, Keys(definitions.GetProperty("requires")));
        Assert.Equal(PolicyKeys.Row, Keys(definitions.GetProperty("prompt_row")));
        Assert.Equal(PolicyKeys.Row, Keys(definitions.GetProperty("completion_row")));
    }

    private static IEnumerable<string> Keys(JsonElement schema) => schema.GetProperty("properties").EnumerateObject().Select(property => property.Name);
}
