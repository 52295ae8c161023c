using PolicyGateway.Classification;
using PolicyGateway.Identity;

namespace PolicyGateway.Policy;

/// <summary>
/// The decision table: pure and total. Every caller, verdict and snapshot has exactly one answer, and nothing but its
/// arguments goes into it. Each thing that stands against the text is answered by itself; the strictest answer counts, in
/// the order of <see cref="DecisionAction"/>, and of equals the first.
/// </summary>
internal static class PolicyTable
{
    /// <summary>The rule of a text in which no category is over its threshold.</summary>
    public const string ClearRule = "categories";

    /// <summary>Which categories are open to a caller.</summary>
    public static Clearance ClearanceOf(PolicySnapshot policy, Caller caller, DateTimeOffset now) =>
        policy.ClearanceOf(category => CategoryAccess.Of(category, caller, now) == Access.Open);

    /// <summary>What happens to a prompt: allow, hold, step up, refuse, prohibit, or unavailable.</summary>
    /// <param name="policy">The snapshot that this request was given.</param>
    /// <param name="caller">Who asks.</param>
    /// <param name="verdict">What the judge says of everything that the model will read.</param>
    /// <param name="hasUnclassifiedInput">Whether part of the prompt could not be read (images, audio, unknown parts).</param>
    /// <param name="now">The time at which credentials must still be valid.</param>
    public static Decision DecidePrompt(
        PolicySnapshot policy, Caller caller, Verdict verdict, bool hasUnclassifiedInput, DateTimeOffset now)
    {
        if (Unasked(policy, caller) is { } unasked)
        {
            return unasked;
        }

        var answer = verdict.IsUnknown ? Unknown(policy, policy.OnUnknown, verdict) : Judge(policy, caller, verdict, isPrompt: true, now);
        if (hasUnclassifiedInput)
        {
            answer = Stricter(answer, policy.UnclassifiedInput == PolicyResponse.Refuse
                ? new Answer(DecisionAction.Refuse, ReasonCode.UnclassifiedInput, "unclassified_input")
                : new Answer(DecisionAction.Hold, ReasonCode.HeldUnclassified, "unclassified_input"));
        }

        return Decide(policy, caller, answer);
    }

    /// <summary>
    /// What happens to a completion: allow, step up, refuse, prohibit, or unavailable; never hold. Its rule names the
    /// category's completion row.
    /// </summary>
    public static Decision DecideCompletion(
        PolicySnapshot policy, Caller caller, Verdict verdict, DateTimeOffset now)
    {
        if (Unasked(policy, caller) is { } unasked)
        {
            return unasked;
        }

        // A completion cannot be held for a later verdict: what holds a prompt refuses here.
        var onUnknown = policy.OnUnknown == PolicyResponse.Allow ? PolicyResponse.Allow : PolicyResponse.Refuse;
        return Decide(policy, caller, verdict.IsUnknown
            ? Unknown(policy, onUnknown, verdict)
            : Judge(policy, caller, verdict, isPrompt: false, now));
    }

    /// <summary>Answers that need no verdict: a caller who was revoked, a tenant whose mode is off, and a caller who must authenticate first.</summary>
    private static Decision? Unasked(PolicySnapshot policy, Caller caller)
    {
        // In every mode: that somebody may not ask at all is no verdict on what he asks.
        if (caller.IsRevoked)
        {
            return Decide(policy, caller, new Answer(DecisionAction.StepUp, ReasonCode.InvalidToken, "revoked")) with
            {
                Mode = PolicyMode.Enforce,
                ReleaseMode = ReleaseMode.HoldAll,
            };
        }

        if (policy.ModeFor(caller.Tenant) == PolicyMode.Off)
        {
            return Decide(policy, caller, new Answer(DecisionAction.Allow, ReasonCode.Allowed, policy.ModeKeyFor(caller.Tenant)));
        }

        // Shadow suspends what is done about verdicts; this is none.
        return policy.AsksForAuthentication(caller)
            ? Decide(policy, caller, new Answer(DecisionAction.StepUp, ReasonCode.AuthenticationRequired, "anonymous")) with
            {
                Mode = PolicyMode.Enforce,
                ReleaseMode = ReleaseMode.HoldAll,
            }
            : null;
    }

    private static Answer Unknown(PolicySnapshot policy, PolicyResponse response, Verdict verdict) => response switch
    {
        // The validator accepts this only in a policy that gates nothing; asked again, so that no other path opens it.
        PolicyResponse.Allow when policy.GatesNothing => new Answer(DecisionAction.Allow, ReasonCode.Allowed, "on_unknown"),
        PolicyResponse.Hold => new Answer(DecisionAction.Hold, ReasonCode.HeldUnknown, "on_unknown"),
        _ => new Answer(
            DecisionAction.Unavailable,
            verdict.UnknownReason == UnknownReason.Unreadable ? ReasonCode.UnreadableText : ReasonCode.ClassificationUnavailable,
            "on_unknown"),
    };

    private static Answer Judge(PolicySnapshot policy, Caller caller, Verdict verdict, bool isPrompt, DateTimeOffset now)
    {
        var answer = Answer.None;
        foreach (var finding in verdict.Findings.IsDefault ? [] : verdict.Findings)
        {
            answer = Stricter(answer, Judge(policy, caller, finding, isPrompt, now));
        }

        return answer;
    }

    private static Answer Judge(PolicySnapshot policy, Caller caller, Finding finding, bool isPrompt, DateTimeOffset now)
    {
        if (finding.Band == Band.Clear)
        {
            return Answer.None;
        }

        if (!policy.TryGet(finding.Category, out var category))
        {
            // A verdict under another policy: nothing in this one opens it.
            return Prohibited(finding, "categories." + finding.Category);
        }

        // Prohibited text is in nobody's clearance. In doubt a prompt may still be held; a completion may never leave.
        var prohibited = finding.Severity == Severity.Prohibited;
        if (prohibited && (finding.Band == Band.Flagged || !isPrompt))
        {
            return Prohibited(finding, finding.SeverityRule ?? "severity");
        }

        var access = prohibited ? Access.Closed : CategoryAccess.Of(category, caller, now);
        if (access == Access.Open)
        {
            return new Answer(DecisionAction.Allow, ReasonCode.AllowedByClearance, category.Requires.Key, finding.Category) { Release = ReleaseMode.Window };
        }

        var response = (isPrompt ? category.Prompt : category.Completion).For(finding.Band);
        var strict = prohibited && response.Value < PolicyResponse.Hold ? PolicyResponse.Hold : response.Value;
        return strict switch
        {
            PolicyResponse.Allow or PolicyResponse.Log =>
                new Answer(DecisionAction.Allow, ReasonCode.Allowed, response.Key, finding.Category),
            PolicyResponse.Hold when isPrompt =>
                new Answer(DecisionAction.Hold, HeldReason(finding.Band), response.Key, finding.Category),
            _ => Refuse(access, finding, response.Key, CategoryAccess.Wanted(category, access, caller, now)) with
            {
                UsedUp = access == Access.QuotaUsedUp ? caller.UsedUpFor(category.Id, now) : null,
            },
        };
    }

    private static string HeldReason(Band band) => band == Band.Flagged ? ReasonCode.HeldFlagged : ReasonCode.HeldUncertain;

    private static Answer Prohibited(Finding finding, string rule) =>
        new(DecisionAction.Prohibit, ReasonCode.ProhibitedContent, rule, finding.Category);

    /// <summary>Nobody is told to get verified for what no verification opens.</summary>
    private static Answer Refuse(Access access, Finding finding, string rule, Requirement? wanted) => access switch
    {
        Access.NeedsLogin => new Answer(DecisionAction.StepUp, ReasonCode.InsufficientUserAuthentication, rule, finding.Category, wanted),
        Access.NeedsBoundToken => new Answer(DecisionAction.StepUp, ReasonCode.BoundTokenRequired, rule, finding.Category, wanted),
        Access.NeedsVerification => new Answer(DecisionAction.Refuse, ReasonCode.VerificationRequired, rule, finding.Category, wanted),
        Access.NeedsRenewal => new Answer(DecisionAction.Refuse, ReasonCode.CredentialTooOld, rule, finding.Category, wanted),
        Access.NeedsOtherToken => new Answer(DecisionAction.Refuse, ReasonCode.TokenNarrowed, rule, finding.Category, wanted),
        Access.NeedsStatus => new Answer(DecisionAction.Unavailable, ReasonCode.StatusUnavailable, rule, finding.Category),
        Access.NeedsOtherKey => new Answer(DecisionAction.Refuse, ReasonCode.OutsideKeyScope, rule, finding.Category, wanted),
        Access.NeedsPersonToken => new Answer(DecisionAction.Refuse, ReasonCode.PersonTokenRequired, rule, finding.Category, wanted),
        Access.NeedsTrustedActor => new Answer(DecisionAction.Refuse, ReasonCode.ActorNotTrusted, rule, finding.Category, wanted),
        Access.NeedsProjectToken => new Answer(DecisionAction.Refuse, ReasonCode.ProjectTokenRequired, rule, finding.Category, wanted),
        Access.QuotaUsedUp => new Answer(DecisionAction.Refuse, ReasonCode.QuotaUsedUp, rule, finding.Category, wanted),
        Access.GrantsUnknown => new Answer(DecisionAction.Unavailable, ReasonCode.GrantsUnavailable, rule),
        Access.NeedsAssurance => new Answer(DecisionAction.Refuse, ReasonCode.CredentialTooWeak, rule, finding.Category, wanted),
        _ => Prohibited(finding, rule),
    };

    private static Answer Stricter(Answer first, Answer second)
    {
        var stricter = second.Action > first.Action || ReferenceEquals(first, Answer.None) ? second : first;
        var release = Stricter(first.Release, second.Release);
        return stricter.Release == release ? stricter : stricter with { Release = release };
    }

    private static ReleaseMode Stricter(ReleaseMode first, ReleaseMode second) => first > second ? first : second;

    private static Decision Decide(PolicySnapshot policy, Caller caller, Answer answer)
    {
        var mode = policy.ModeFor(caller.Tenant);

        // Outside enforcement nothing waits for a verdict.
        var unheld = mode != PolicyMode.Enforce || (answer.Action == DecisionAction.Allow && policy.AllowsUnjudged);
        var release = unheld ? ReleaseMode.PassThrough : Stricter(answer.Release, policy.Release);
        return new Decision(
            answer.Action,
            answer.Reason,
            answer.Rule,
            answer.Category,
            answer.Requirement,
            release,
            mode,
            policy.Version)
        {
            UsedUp = answer.UsedUp,
        };
    }

    /// <summary>What one thing that stands against a text comes to.</summary>
    private sealed record Answer(
        DecisionAction Action, string Reason, string Rule, string? Category = null, Requirement? Requirement = null)
    {
        public static readonly Answer None = new(DecisionAction.Allow, ReasonCode.Allowed, ClearRule) { Release = ReleaseMode.Window };

        /// <summary>How an answer leaves where this is all: whole, unless nothing is in doubt.</summary>
        public ReleaseMode Release { get; init; } = ReleaseMode.HoldAll;

        public UsedUpQuota? UsedUp { get; init; }
    }
}
