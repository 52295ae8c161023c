using System.Collections.Immutable;
using System.Diagnostics;
using PolicyGateway.Audit;
using PolicyGateway.Bundles;
using PolicyGateway.Classification;
using PolicyGateway.Dialects;
using PolicyGateway.Forwarding;
using PolicyGateway.Identity;
using PolicyGateway.Policy;

namespace PolicyGateway.Inference;

/// <summary>
/// What is known of one request so far, filled in as it passes through the steps. Until somebody says otherwise it was
/// aborted, so that a way out that nobody thought of is recorded as one.
/// </summary>
internal sealed class RequestRecord(string dialect, string operation, ClassifierLease classifier, PolicySnapshot policy, SealedEvidenceOptions sealing, Caller anonymous, DateTimeOffset arrived, long timestamp)
{
    private bool _isSealed;

    public string DecisionId { get; } = DecisionIds.New(arrived);

    public string Dialect { get; } = dialect;

    /// <summary><c>gen_ai.operation.name</c>.</summary>
    public string Operation { get; } = operation;

    public DateTimeOffset Arrived { get; } = arrived;

    public long Timestamp { get; } = timestamp;

    /// <summary>The one policy that this request sees.</summary>
    public PolicySnapshot Policy { get; } = policy;

    /// <summary>The one classifier that judges it, which the policy was compiled against.</summary>
    public IClassifier Classifier => classifier.Classifier;

    public Caller Caller { get; set; } = anonymous;

    public Prompt? Prompt { get; set; }

    public PolicyMode Mode { get; set; } = PolicyMode.Enforce;

    /// <summary>Whether the model exists and its cluster was found.</summary>
    public bool IsRouted { get; set; }

    public Verdict? PromptVerdict { get; set; }

    public Verdict? CompletionVerdict { get; set; }

    /// <summary>The caller as he stands, from the moment at which he was known; the request's end disposes of it.</summary>
    public LiveCaller? Live { get; set; }

    /// <summary>What the backend that answers says of its answer.</summary>
    public AnswerSignals Signals { get; } = new();

    /// <summary>What the backend answered, once it was read.</summary>
    public Completion? Completion { get; set; }

    /// <summary>Tokens as the backend counted them; null where it did not say.</summary>
    public TokenUsage? Usage { get; set; }

    /// <summary>The decision that stands: the prompt's, then the completion's.</summary>
    public Decision? Decision { get; set; }

    /// <summary>How the answer leaves, as the prompt's decision says, or stricter where the answer needs it.</summary>
    public ReleaseMode ReleaseMode { get; set; } = ReleaseMode.HoldAll;

    public Outcome Outcome { get; private set; } = Outcome.Aborted;

    /// <summary>Why it ended so: a reason or error code.</summary>
    public string Reason { get; private set; } = "aborted";

    public int Status { get; private set; }

    public long ReleasedBytes { get; set; }

    /// <summary>Whether the client has something to read.</summary>
    public bool HasBegun { get; set; }

    public string? ReleasedHash { get; set; }

    /// <summary>Whether something that was not clear is about to leave, so that its record must be durable first.</summary>
    public bool IsGated => !IsClear(PromptVerdict) || !IsClear(CompletionVerdict);

    /// <summary>The grants that it was released under, and those with a quota that they are part of; each counted once.</summary>
    public ImmutableArray<string> GrantsUsed { get; set; } = [];

    /// <summary>
    /// The decision on an answer for the caller as he stands now. One who is no longer who he was needs the prompt to be open, too, and
    /// so does one whom time may have taken something from that it needed.
    /// </summary>
    public Decision DecideCompletion(Caller caller, Verdict verdict, DateTimeOffset now)
    {
        var prompt = ReferenceEquals(caller, Caller) && IsClear(PromptVerdict) ? null : DecidePrompt(caller, now);
        return prompt is { Refuses: true } ? prompt : PolicyTable.DecideCompletion(Policy, caller, verdict, now);
    }

    /// <summary>The decision on the prompt for the caller as he stands now.</summary>
    public Decision DecidePrompt(Caller caller, DateTimeOffset now) =>
        PolicyTable.DecidePrompt(Policy, caller, PromptVerdict!, Prompt!.HasUnclassified, now);

    /// <summary>Whether what was judged of it so far would be refused to a caller.</summary>
    public bool Refuses(Caller caller, DateTimeOffset now) =>
        DecidePrompt(caller, now).Refuses || (CompletionVerdict is { } verdict && PolicyTable.DecideCompletion(Policy, caller, verdict, now).Refuses);

    /// <summary>Nothing of it is judged any more.</summary>
    public void LeaveClassifier() => classifier.Dispose();

    public void End(Outcome outcome, string reason, int status) => (Outcome, Reason, Status) = (outcome, reason, status);

    /// <summary>Whether the text of this exchange is kept, sealed, as far as it was decided.</summary>
    public bool KeepsText => sealing.Covers(Decision?.Category);

    public AuditRecord ToAudit(AuditEvent auditEvent, DateTimeOffset now) => new()
    {
        Event = auditEvent,
        DecisionId = DecisionId,
        Time = now,
        TraceId = Activity.Current?.TraceId.ToHexString(),
        Issuer = Caller.Issuer,
        Subject = Caller.Subject,
        Organisation = Caller.Organisation,
        Tenant = Caller.Tenant,
        Project = Caller.Narrowing?.Project,
        EndUser = Caller.EndUser,
        KeyId = Caller.KeyId,
        Acr = Caller.Acr,
        Binding = Caller.Binding switch
        {
            TokenBinding.Dpop => "dpop",
            TokenBinding.Mtls => "mtls",
            _ => null,
        },
        Tier = Caller.Tier.Name,
        Credentials = [.. Caller.Credentials.Select(credential => credential.Name)],
        Grants = [.. Caller.Grants.Where(static grant => !grant.IsUncounted && !grant.IsOfOtherProject).Select(static grant => grant.Id)],
        GrantsUsed = GrantsUsed,
        Dialect = Dialect,
        // A name that the caller made up may be any text.
        RequestedModel = IsRouted ? Prompt!.Model : Prompt is null ? null : "unknown",
        PolicyVersion = Policy.Version,
        Mode = Mode.Name(),
        ClassifierModel = Classifier.Profile.Model,
        Prompt = Recorded(PromptVerdict),
        Completion = Recorded(CompletionVerdict),
        Action = Decision?.Action.Name() ?? "none",
        Reason = auditEvent == AuditEvent.ReleaseIntent ? Decision?.Reason ?? ReasonCode.Allowed : Reason,
        Rule = Decision?.Rule ?? "none",
        Category = Decision?.Category,
        Clearance = PolicyTable.ClearanceOf(Policy, Caller, now).Listed,
        ReleaseMode = ReleaseMode.Name(),
        Outcome = auditEvent == AuditEvent.ReleaseIntent ? "pending" : Outcome.Name(),
        Status = Status,
        ReleasedBytes = ReleasedBytes,
        ReleasedHash = ReleasedHash,
        Evidence = Evidence(auditEvent),
    };

    /// <summary>
    /// All that was asked and answered, for sealing, once: in the record of the intent where all of it is known by then, as of
    /// a document, and in the last one otherwise.
    /// </summary>
    private string? Evidence(AuditEvent auditEvent)
    {
        if (_isSealed || !KeepsText || (auditEvent == AuditEvent.ReleaseIntent && Completion is null))
        {
            return null;
        }

        _isSealed = true;
        return string.Concat(Prompt?.Whole, "\n\n", Completion?.Whole);
    }

    private static bool IsClear(Verdict? verdict) => verdict is null || (!verdict.IsUnknown && verdict.Findings.IsEmpty);

    private static AuditVerdict? Recorded(Verdict? verdict) => verdict is null ? null : new AuditVerdict(
        verdict.Severity.Name(),
        verdict.Stage,
        [.. verdict.Findings.Select(finding => new AuditFinding(finding.Category, finding.Confidence, finding.Band.Name()))],
        verdict.IsUnknown ? verdict.UnknownReason.ToString() : null)
    {
        Signals = [.. verdict.Signals.Select(signal => new AuditSignal(signal.Source, signal.Subject, signal.Score, signal.Effect.Name()))],
    };
}
