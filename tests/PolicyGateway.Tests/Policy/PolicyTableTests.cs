using PolicyGateway.Classification;
using PolicyGateway.Identity;
using PolicyGateway.Policy;

namespace PolicyGateway.Tests.Policy;

/// <summary>The truth table: who, what, and what comes of it.</summary>
public sealed class PolicyTableTests
{
    private static readonly PolicySnapshot Small = ThePolicy.Load(ThePolicy.Small);

    private static readonly PolicySnapshot Bound = ThePolicy.Load("""
        {
          "name": "bound", "anonymous": "allow",
          "categories": {
            "bio": { "requires": { "tier": "professional", "any_of": ["life-sciences"], "acr_values": ["phr"], "sender_constrained": true } },
            "bio.culture": {},
            "cyber": { "requires": { "tier": "verified", "any_of": [], "sender_constrained": false } },
          }
        }
        """);

    /// <summary>tier, credential, category, band, severity; prompt's action; completion's action.</summary>
    private const string Rows = """
        public        -                      cyber      uncertain  dual-use    Hold      Allow
        public        -                      cyber      flagged    dual-use    Refuse    Refuse
        public        -                      cyber      flagged    prohibited  Prohibit  Prohibit
        public        -                      cyber      uncertain  prohibited  Hold      Prohibit
        public        security-professional  cyber      flagged    dual-use    Refuse    Refuse
        registered    security-professional  cyber      flagged    dual-use    Refuse    Refuse
        verified      -                      cyber      flagged    dual-use    Refuse    Refuse
        verified      life-sciences          cyber      flagged    dual-use    Refuse    Refuse
        verified      security-professional  cyber      flagged    dual-use    Allow     Allow
        verified      researcher             cyber      flagged    dual-use    Allow     Allow
        verified      security-professional  cyber      uncertain  dual-use    Allow     Allow
        verified      security-professional  cyber      uncertain  prohibited  Hold      Prohibit
        verified      security-professional  cyber      flagged    prohibited  Prohibit  Prohibit
        professional  security-professional  cyber      flagged    prohibited  Prohibit  Prohibit
        professional  security-professional  cyber      flagged    dual-use    Allow     Allow
        professional  -                      bio        uncertain  dual-use    Hold      Refuse
        professional  -                      bio        flagged    dual-use    Refuse    Refuse
        professional  life-sciences          bio        uncertain  dual-use    Hold      StepUp
        professional  life-sciences          bio        flagged    dual-use    StepUp    StepUp
        verified      life-sciences          bio        flagged    dual-use    Refuse    Refuse
        public        -                      self_harm  uncertain  dual-use    Allow     Allow
        public        -                      self_harm  flagged    dual-use    Hold      Refuse
        professional  clinician              self_harm  flagged    dual-use    Allow     Allow
        public        -                      adult      uncertain  dual-use    Allow     Refuse
        public        -                      adult      flagged    dual-use    Refuse    Refuse
        registered    -                      adult      flagged    dual-use    Allow     Allow
        public        -                      minors     uncertain  prohibited  Hold      Prohibit
        professional  security-professional  minors     flagged    prohibited  Prohibit  Prohibit
        professional  security-professional  minors     flagged    dual-use    Prohibit  Prohibit
        professional  security-professional  weapons    flagged    dual-use    Prohibit  Prohibit
        professional  security-professional  weapons    uncertain  dual-use    Prohibit  Prohibit
        professional  researcher             other      flagged    dual-use    Allow     Allow
        verified      researcher             other      flagged    dual-use    Refuse    Refuse
        professional  researcher             unheard    flagged    dual-use    Prohibit  Prohibit
        professional  researcher             unheard    uncertain  dual-use    Prohibit  Prohibit
        public        -                      cyber      clear      dual-use    Allow     Allow
        """;

    public static TheoryData<string, string, string, string, string, string, string> TruthTable()
    {
        var data = new TheoryData<string, string, string, string, string, string, string>();
        foreach (var row in Rows.Split('\n'))
        {
            var cells = row.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            data.Add(cells[0], cells[1], cells[2], cells[3], cells[4], cells[5], cells[6]);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(TruthTable))]
    public void The_table_says(string tier, string credential, string category, string band, string severity, string prompt, string completion)
    {
        var caller = ThePolicy.Someone(tier, credential);
        var verdict = ThePolicy.Found(category, Enum.Parse<Band>(band, ignoreCase: true), severity == "prohibited" ? Severity.Prohibited : Severity.DualUse);

        Assert.Equal(prompt, PolicyTable.DecidePrompt(Small, caller, verdict, false, ThePolicy.Now).Action.ToString());
        Assert.Equal(completion, PolicyTable.DecideCompletion(Small, caller, verdict, ThePolicy.Now).Action.ToString());
    }

    [Fact]
    public void A_clear_text_is_allowed_and_its_completion_leaves_behind_its_verdicts()
    {
        var decision = Prompt(Caller.Anonymous(ThePolicy.Ladder), Small.Judge(ThePolicy.Scores(("cyber", 0.1f))));

        Assert.Equal((DecisionAction.Allow, ReasonCode.Allowed), (decision.Action, decision.Reason));
        Assert.Equal((ReleaseMode.Window, PolicyMode.Enforce), (decision.ReleaseMode, decision.Mode));
        Assert.Equal((PolicyTable.ClearRule, Small.Version), (decision.Rule, decision.PolicyVersion));
    }

    [Fact]
    public void A_refusal_names_the_row_and_what_opens_the_category()
    {
        var decision = Prompt(Caller.Anonymous(ThePolicy.Ladder), ThePolicy.Found("cyber", Band.Flagged));

        Assert.Equal((ReasonCode.VerificationRequired, "categories.cyber.prompt.flagged", "cyber"), (decision.Reason, decision.Rule, decision.Category));
        Assert.Equal("verified", decision.Requirement!.Tier);
        Assert.Equal(["security-professional", "researcher"], decision.Requirement.AnyOfCredentials.AsEnumerable());
        Assert.Equal("categories.cyber.completion.flagged", PolicyTable.DecideCompletion(
            Small, Caller.Anonymous(ThePolicy.Ladder), ThePolicy.Found("cyber", Band.Flagged), ThePolicy.Now).Rule);
    }

    [Fact]
    public void A_release_by_clearance_says_so()
    {
        var decision = Prompt(ThePolicy.Someone("verified", "researcher"), ThePolicy.Found("cyber", Band.Flagged));

        Assert.Equal((ReasonCode.AllowedByClearance, "categories.cyber.requires", "cyber"), (decision.Reason, decision.Rule, decision.Category));
    }

    [Fact]
    public void A_prohibition_names_the_severity_rule_and_offers_nothing()
    {
        var verdict = Small.Judge(ThePolicy.Scores(("cyber", 0.9f), ("prohibited", 0.7f)));
        var decision = Prompt(ThePolicy.Someone("professional", "security-professional"), verdict);

        Assert.Equal((DecisionAction.Prohibit, "severity[1]", ReasonCode.ProhibitedContent), (decision.Action, decision.Rule, decision.Reason));
        Assert.Null(decision.Requirement);
        Assert.Equal("severity[1]", PolicyTable.DecideCompletion(
            Small, ThePolicy.Someone("public"), Small.Judge(ThePolicy.Scores(("cyber", 0.4f), ("prohibited", 0.7f))), ThePolicy.Now).Rule);
    }

    [Theory]
    [InlineData("phr", 0, DecisionAction.Allow)]
    [InlineData("phr", 600, DecisionAction.Allow)]
    [InlineData("phr", 601, DecisionAction.StepUp)]
    [InlineData("phr", -60, DecisionAction.Allow)]
    [InlineData("phr", -61, DecisionAction.StepUp)]
    [InlineData("pwd", 0, DecisionAction.StepUp)]
    [InlineData(null, 0, DecisionAction.StepUp)]
    internal void A_login_must_be_strong_and_fresh(string? acr, int secondsAgo, DecisionAction expected)
    {
        var caller = ThePolicy.Someone("professional", "life-sciences") with { Acr = acr, AuthTime = ThePolicy.Now.AddSeconds(-secondsAgo) };

        Assert.Equal(expected, Prompt(caller, ThePolicy.Found("bio", Band.Flagged)).Action);
        Assert.Equal(expected == DecisionAction.Allow, PolicyTable.ClearanceOf(Small, caller, ThePolicy.Now).Opens("bio"));
    }

    /// <summary>tier, how the login was, how the token is bound; action; reason.</summary>
    [Theory]
    [InlineData("verified", "phr", TokenBinding.None, DecisionAction.Refuse, ReasonCode.VerificationRequired)]
    [InlineData("verified", "phr", TokenBinding.Dpop, DecisionAction.Refuse, ReasonCode.VerificationRequired)]
    [InlineData("professional", null, TokenBinding.None, DecisionAction.StepUp, ReasonCode.InsufficientUserAuthentication)]
    [InlineData("professional", null, TokenBinding.Mtls, DecisionAction.StepUp, ReasonCode.InsufficientUserAuthentication)]
    [InlineData("professional", "phr", TokenBinding.None, DecisionAction.StepUp, ReasonCode.BoundTokenRequired)]
    [InlineData("professional", "phr", TokenBinding.Dpop, DecisionAction.Allow, ReasonCode.AllowedByClearance)]
    [InlineData("professional", "phr", TokenBinding.Mtls, DecisionAction.Allow, ReasonCode.AllowedByClearance)]
    internal void A_category_may_ask_for_a_token_that_is_bound_to_its_sender(
        string tier, string? acr, TokenBinding binding, DecisionAction action, string reason)
    {
        var caller = ThePolicy.Someone(tier, "life-sciences") with { Acr = acr, Binding = binding };
        var verdict = ThePolicy.Found("bio", Band.Flagged);

        foreach (var decision in new[]
        {
            PolicyTable.DecidePrompt(Bound, caller, verdict, false, ThePolicy.Now),
            PolicyTable.DecideCompletion(Bound, caller, verdict, ThePolicy.Now),
        })
        {
            Assert.Equal((action, reason), (decision.Action, decision.Reason));
            Assert.Equal(action != DecisionAction.Allow, decision.Requirement?.SenderConstrained == true);
        }

        Assert.Equal(action == DecisionAction.Allow, PolicyTable.ClearanceOf(Bound, caller, ThePolicy.Now).Opens("bio"));
    }

    [Fact]
    public void What_is_nested_in_a_category_asks_for_a_bound_token_as_well_and_a_grant_does_not_stand_for_one()
    {
        var caller = ThePolicy.Someone("public") with
        {
            Acr = "phr",
            Grants = [new CallerGrant("g", ["bio"], ThePolicy.Now, ThePolicy.Now.AddDays(1))],
        };

        Assert.False(PolicyTable.ClearanceOf(Bound, caller, ThePolicy.Now).Opens("bio.culture"));
        Assert.True(PolicyTable.ClearanceOf(Bound, caller with { Binding = TokenBinding.Dpop }, ThePolicy.Now).Opens("bio.culture"));
    }

    [Fact]
    public void An_expired_credential_opens_nothing()
    {
        var caller = ThePolicy.Someone("verified") with
        {
            Credentials = [new Credential("security-professional", "x", ThePolicy.Now), new Credential("researcher", "x", ThePolicy.Now.AddSeconds(-1))],
        };

        Assert.False(PolicyTable.ClearanceOf(Small, caller, ThePolicy.Now).Opens("cyber"));
        Assert.True(PolicyTable.ClearanceOf(Small, caller, ThePolicy.Now.AddSeconds(-1)).Opens("cyber"));
    }

    [Fact]
    public void Prohibited_categories_and_those_that_nothing_opens_are_in_nobodys_clearance()
    {
        var caller = ThePolicy.Someone("professional", "security-professional", "researcher", "clinician", "life-sciences") with { Acr = "phr", AuthTime = ThePolicy.Now };

        Assert.Equal(["adult", "bio", "cyber", "other", "self_harm"], PolicyTable.ClearanceOf(Small, caller, ThePolicy.Now).Categories.Order());
        Assert.Empty(PolicyTable.ClearanceOf(Small, Caller.Anonymous(ThePolicy.Ladder), ThePolicy.Now).Categories);
    }

    [Fact]
    public void Of_several_findings_the_strictest_counts()
    {
        var verdict = Small.Judge(ThePolicy.Scores(("self_harm", 0.95f), ("cyber", 0.7f), ("adult", 0.9f)));
        var decision = Prompt(ThePolicy.Someone("registered"), verdict);

        Assert.Equal((DecisionAction.Refuse, "cyber"), (decision.Action, decision.Category));
    }

    [Fact]
    public void No_verdict_is_unavailable_and_with_hold_the_completion_must_have_one()
    {
        var holding = ThePolicy.Load(ThePolicy.Small.Replace("\"name\"", "\"on_unknown\": \"hold\", \"name\"", StringComparison.Ordinal));
        var caller = ThePolicy.Someone("professional", "security-professional");

        Assert.Equal((DecisionAction.Unavailable, ReasonCode.ClassificationUnavailable, "on_unknown"), Told(Prompt(caller, ThePolicy.Unknown())));
        Assert.Equal(
            (DecisionAction.Hold, ReasonCode.HeldUnknown, "on_unknown"),
            Told(PolicyTable.DecidePrompt(holding, caller, ThePolicy.Unknown(), false, ThePolicy.Now)));
        Assert.Equal(
            (DecisionAction.Unavailable, ReasonCode.ClassificationUnavailable, "on_unknown"),
            Told(PolicyTable.DecideCompletion(holding, caller, ThePolicy.Unknown(), ThePolicy.Now)));
        Assert.Equal(
            (DecisionAction.Unavailable, ReasonCode.UnreadableText, "on_unknown"),
            Told(PolicyTable.DecideCompletion(holding, caller, ThePolicy.Unknown(UnknownReason.Unreadable), ThePolicy.Now)));
    }

    [Fact]
    public void What_cannot_be_read_is_held_or_refused_and_never_loosens_another_answer()
    {
        var refusing = ThePolicy.Load(ThePolicy.Small.Replace("\"name\"", "\"unclassified_input\": \"refuse\", \"name\"", StringComparison.Ordinal));
        var caller = ThePolicy.Someone("verified", "researcher");
        var clear = Small.Judge(ThePolicy.Scores());

        Assert.Equal((DecisionAction.Hold, ReasonCode.HeldUnclassified, "unclassified_input"), Told(PolicyTable.DecidePrompt(Small, caller, clear, true, ThePolicy.Now)));
        Assert.Equal((DecisionAction.Refuse, ReasonCode.UnclassifiedInput, "unclassified_input"), Told(PolicyTable.DecidePrompt(refusing, caller, clear, true, ThePolicy.Now)));
        Assert.Equal(DecisionAction.Prohibit, PolicyTable.DecidePrompt(Small, caller, ThePolicy.Found("minors", Band.Flagged), true, ThePolicy.Now).Action);
    }

    [Fact]
    public void A_policy_that_wants_everyone_authenticated_asks_before_it_looks_at_the_text_and_in_shadow_too()
    {
        foreach (var mode in new[] { "enforce", "shadow" })
        {
            var policy = ThePolicy.Load(ThePolicy.Small.Replace("\"anonymous\": \"allow\"", $"\"mode\": \"{mode}\"", StringComparison.Ordinal));
            var decision = PolicyTable.DecidePrompt(policy, Caller.Anonymous(ThePolicy.Ladder), ThePolicy.Unknown(), false, ThePolicy.Now);

            Assert.Equal((DecisionAction.StepUp, ReasonCode.AuthenticationRequired, "anonymous"), Told(decision));
            Assert.Equal(PolicyMode.Enforce, decision.Mode);
            Assert.Equal(DecisionAction.Refuse, PolicyTable.DecidePrompt(policy, ThePolicy.Someone("public"), ThePolicy.Found("cyber", Band.Flagged), false, ThePolicy.Now).Action);
        }
    }

    [Fact]
    public void A_tenant_in_shadow_is_told_the_action_but_nothing_waits_and_one_that_is_off_is_not_judged()
    {
        var pilot = Prompt(ThePolicy.Someone("public") with { Tenant = "pilot" }, ThePolicy.Found("minors", Band.Flagged));
        var lab = Prompt(ThePolicy.Someone("public") with { Tenant = "lab" }, ThePolicy.Unknown());
        var stranger = Prompt(ThePolicy.Someone("public") with { Tenant = "Pilot" }, ThePolicy.Found("minors", Band.Flagged));

        Assert.Equal((DecisionAction.Prohibit, PolicyMode.Shadow, ReleaseMode.PassThrough), (pilot.Action, pilot.Mode, pilot.ReleaseMode));
        Assert.Equal((DecisionAction.Allow, PolicyMode.Off, "tenants.lab.mode"), (lab.Action, lab.Mode, lab.Rule));
        Assert.Equal(PolicyMode.Enforce, stranger.Mode);
    }

    [Fact]
    public void Text_passes_unjudged_only_where_every_category_accepts_that_by_name()
    {
        const string Open = """{"name":"n","anonymous":"allow","categories":{"cyber":{"allow_unjudged":true},"other":{"head":"flagged","fallback":true,"allow_unjudged":FALLBACK}}}""";
        var accepting = ThePolicy.Load(Open.Replace("FALLBACK", "true", StringComparison.Ordinal));
        var half = ThePolicy.Load(Open.Replace("FALLBACK", "false", StringComparison.Ordinal));
        var clear = accepting.Judge(ThePolicy.Scores());

        Assert.Equal(ReleaseMode.PassThrough, PolicyTable.DecidePrompt(accepting, ThePolicy.Someone("public"), clear, false, ThePolicy.Now).ReleaseMode);
        Assert.Equal(ReleaseMode.HoldAll, PolicyTable.DecidePrompt(accepting, ThePolicy.Someone("public"), clear, true, ThePolicy.Now).ReleaseMode);
        Assert.Equal(ReleaseMode.Window, PolicyTable.DecidePrompt(half, ThePolicy.Someone("public"), clear, false, ThePolicy.Now).ReleaseMode);
    }

    private static Decision Prompt(Caller caller, Verdict verdict) =>
        PolicyTable.DecidePrompt(Small, caller, verdict, false, ThePolicy.Now);

    private static (DecisionAction Action, string Reason, string Rule) Told(Decision decision) => (decision.Action, decision.Reason, decision.Rule);
}
