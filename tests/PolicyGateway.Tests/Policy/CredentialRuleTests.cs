using PolicyGateway.Identity;
using PolicyGateway.Policy;

namespace PolicyGateway.Tests.Policy;

/// <summary>What a category may ask of a credential: how long ago it was proved, and how surely.</summary>
public sealed class CredentialRuleTests
{
    private static readonly PolicySnapshot Dated = ThePolicy.Load("""
        {
          "name": "dated", "anonymous": "allow",
          "categories": {
            "bio": { "requires": { "tier": "verified", "any_of": ["life-sciences", "clinician"], "credential_max_age": 3600, "credential_assurance": ["high", "substantial"] } },
            "bio.culture": {},
            "cyber": { "requires": { "tier": "verified", "any_of": ["life-sciences"], "credential_max_age": 3600, "acr_values": ["phr"] } },
          }
        }
        """);

    [Theory]
    [InlineData(0, "high", ReasonCode.AllowedByClearance)]
    [InlineData(-3600, "substantial", ReasonCode.AllowedByClearance)]
    [InlineData(-3601, "high", ReasonCode.CredentialTooOld)]
    [InlineData(null, "high", ReasonCode.CredentialTooOld)]
    [InlineData(60, "high", ReasonCode.AllowedByClearance)]
    [InlineData(61, "high", ReasonCode.VerificationRequired)] // of tomorrow: none at all
    [InlineData(0, "low", ReasonCode.CredentialTooWeak)]
    [InlineData(0, "High", ReasonCode.CredentialTooWeak)]
    [InlineData(0, null, ReasonCode.CredentialTooWeak)]
    [InlineData(-3601, null, ReasonCode.CredentialTooWeak)]
    public void A_credential_meets_a_rule_by_its_time_and_its_assurance(int? seconds, string? assurance, string reason)
    {
        var caller = Holding(Proved("life-sciences", seconds, assurance));

        Assert.Equal(reason, Decide(caller, "bio").Reason);
        Assert.Equal(reason, Decide(caller, "bio.culture").Reason);
    }

    [Fact]
    public void The_best_of_several_credentials_counts()
    {
        var old = Proved("life-sciences", -4000, "high");

        Assert.Equal(ReasonCode.AllowedByClearance, Decide(Holding(old, Proved("clinician", -10, "high")), "bio").Reason);
        Assert.Equal(ReasonCode.AllowedByClearance, Decide(Holding(old, Proved("life-sciences", -10, "high")), "bio").Reason);
        Assert.Equal(ReasonCode.CredentialTooOld, Decide(Holding(old, Proved("clinician", -10, null)), "bio").Reason);
    }

    [Fact]
    public void Whoever_has_to_renew_a_credential_is_told_which_and_not_to_log_in_again()
    {
        var decision = Decide(Holding(Proved("life-sciences", -4000, "high")), "bio");

        Assert.Equal(DecisionAction.Refuse, decision.Action);
        Assert.Equal("life-sciences", Assert.Single(decision.Requirement!.AnyOfCredentials));
        Assert.Equal(ReasonCode.CredentialTooOld, Decide(Holding(Proved("life-sciences", -4000, null)), "cyber").Reason);
        Assert.Equal(ReasonCode.InsufficientUserAuthentication, Decide(Holding(Proved("life-sciences", -40, null)), "cyber").Reason);
    }

    [Fact]
    public void Without_the_tier_a_fresher_credential_would_not_help_so_nobody_is_asked_for_one()
    {
        var caller = Holding(Proved("life-sciences", -4000, "high")) with { Tier = ThePolicy.Ladder.Lowest };

        Assert.Equal(ReasonCode.VerificationRequired, Decide(caller, "bio").Reason);
    }

    [Fact]
    public void A_grant_stands_for_the_credential_however_old_that_is()
    {
        var caller = Holding(Proved("life-sciences", -4000, null)) with { Grants = [new CallerGrant("g", ["bio"], ThePolicy.Now, ThePolicy.Now.AddDays(1))] };

        Assert.Equal(ReasonCode.AllowedByClearance, Decide(caller, "bio").Reason);
    }

    [Fact]
    public void While_nobody_can_say_whether_the_token_still_counts_nothing_that_it_opens_is_open()
    {
        var caller = Holding(Proved("life-sciences", -10, "high")) with { IsStatusOld = true };

        var decision = Decide(caller, "bio");
        Assert.Equal((DecisionAction.Unavailable, ReasonCode.StatusUnavailable, null), (decision.Action, decision.Reason, decision.Requirement));
        Assert.Equal(ReasonCode.StatusUnavailable, Decide(caller with { Credentials = [], Grants = [new CallerGrant("g", ["bio"], ThePolicy.Now, ThePolicy.Now.AddDays(1))] }, "bio").Reason);

        // Whoever lacks something is told that, which does not go away by waiting.
        Assert.Equal(ReasonCode.VerificationRequired, Decide(caller with { Credentials = [] }, "bio").Reason);
        Assert.DoesNotContain("bio", PolicyTable.ClearanceOf(Dated, caller, ThePolicy.Now).Listed);
    }

    [Theory]
    [InlineData("""{ "tier": "verified", "any_of": ["x"], "credential_max_age": 0 }""", "credential_max_age")]
    [InlineData("""{ "tier": "verified", "any_of": ["x"], "credential_max_age": 315360001 }""", "credential_max_age")]
    [InlineData("""{ "tier": "verified", "any_of": ["x"], "credential_max_age": "1h" }""", "credential_max_age")]
    [InlineData("""{ "tier": "verified", "any_of": ["x"], "credential_assurance": "high" }""", "credential_assurance")]
    [InlineData("""{ "tier": "verified", "any_of": [], "credential_max_age": 60 }""", "any_of")]
    [InlineData("""{ "tier": "verified", "any_of": [], "credential_assurance": ["high"] }""", "any_of")]
    public void A_rule_about_no_credential_or_no_age_stops_the_policy(string requires, string key)
    {
        var found = PolicyCheck.CheckText($$"""{ "name": "n", "categories": { "bio": { "requires": {{requires}} } } }""", ThePolicy.Ladder, ThePolicy.Profile);

        Assert.Contains(found.Faults, fault => fault.Key == $"categories.bio.requires.{key}");
    }

    [Fact]
    public void The_published_requirements_say_it()
    {
        var bio = RequirementsDocument.Categories(Dated, new Vouchers(new IdentityOptions(), ThePolicy.Ladder))[0]!;

        Assert.Equal((3600L, "high"), ((long)bio["credential_max_age"]!, (string)bio["credential_assurance"]![0]!));
    }

    private static Credential Proved(string name, int? seconds, string? assurance) => new(name, "x")
    {
        ProvedAt = seconds is { } offset ? ThePolicy.Now.AddSeconds(offset) : null,
        Assurance = assurance,
    };

    private static Caller Holding(params Credential[] credentials) => ThePolicy.Someone("verified") with { Credentials = [.. credentials] };

    private static Decision Decide(Caller caller, string category) =>
        PolicyTable.DecidePrompt(Dated, caller, ThePolicy.Found(category, PolicyGateway.Policy.Band.Flagged), false, ThePolicy.Now);
}
