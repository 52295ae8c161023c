using System.Collections.Immutable;

namespace PolicyGateway.Replay;

/// <summary>What a candidate would decide otherwise. The JSON is this record; nothing in it holds a text.</summary>
/// <param name="Format">The version of this form: 1. Members may be added to a version; none changes its meaning or goes.</param>
/// <param name="At">When the run began, in UTC: the time at which everybody asks.</param>
/// <param name="Current">What decides now.</param>
/// <param name="Candidate">What would decide.</param>
/// <param name="Rows">Rows that were decided.</param>
/// <param name="LeftOut">Lines that are no row.</param>
/// <param name="Changed">Rows that are decided otherwise.</param>
/// <param name="Stricter">Those of them that are worse off.</param>
/// <param name="Looser">Those of them that are better off.</param>
/// <param name="Otherwise">Rows whose decision is the same, for another category or reason, or released in another way.</param>
/// <param name="Decisions">How many rows go from which decision to which; the many first.</param>
/// <param name="Categories">The same by the category that decides; a row whose category changes counts in both.</param>
/// <param name="Tiers">The same by tier.</param>
/// <param name="Kinds">The same by kind.</param>
/// <param name="Recorded">The recorded decisions against those of now; null where none was recorded.</param>
/// <param name="Changes">The rows that are decided otherwise, in the order of the data, as many as are listed.</param>
/// <param name="MoreChanges">How many more there are.</param>
internal sealed record ReplayReport(
    int Format,
    DateTimeOffset At,
    DecidedBy Current,
    DecidedBy Candidate,
    long Rows,
    long LeftOut,
    long Changed,
    long Stricter,
    long Looser,
    long Otherwise,
    ImmutableArray<Transition> Decisions,
    ImmutableArray<ReplayGroup> Categories,
    ImmutableArray<ReplayGroup> Tiers,
    ImmutableArray<ReplayGroup> Kinds,
    RecordedDecisions? Recorded,
    ImmutableArray<ChangedRow> Changes,
    long MoreChanges)
{
    public const int CurrentFormat = 1;
}

/// <summary>What decides.</summary>
/// <param name="Model">Name and version of the bundles.</param>
/// <param name="Policy">The policy file.</param>
/// <param name="PolicyVersion">Hash of its content.</param>
internal sealed record DecidedBy(string Model, string Policy, string PolicyVersion);

/// <summary>Rows that go from one decision to another, or stay.</summary>
/// <param name="From">The decision of now, for example <c>hold</c>, or <c>hold (shadow)</c> where it is not carried out.</param>
/// <param name="To">The candidate's.</param>
/// <param name="Rows">How many.</param>
internal sealed record Transition(string From, string To, long Rows);

/// <summary>A group of rows.</summary>
/// <param name="Group">Its name.</param>
/// <param name="Rows">Rows in it.</param>
/// <param name="Changed">Those that are decided otherwise.</param>
/// <param name="Decisions">From which decision to which.</param>
internal sealed record ReplayGroup(string Group, long Rows, long Changed, ImmutableArray<Transition> Decisions);

/// <summary>What was recorded against what is decided now, before any candidate.</summary>
/// <param name="Rows">Rows with a recorded decision.</param>
/// <param name="Changed">Those that are decided otherwise now.</param>
/// <param name="Decisions">From which recorded action to which action of now.</param>
internal sealed record RecordedDecisions(long Rows, long Changed, ImmutableArray<Transition> Decisions);

/// <summary>A row that is decided otherwise.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Kind">Prompt or completion.</param>
/// <param name="Tier">The caller's tier.</param>
/// <param name="From">What is decided now.</param>
/// <param name="To">What the candidate decides.</param>
internal sealed record ChangedRow(string Id, string Kind, string Tier, Ruling From, Ruling To);

/// <summary>A decision, as the report tells it.</summary>
/// <param name="Decision">The action, with <c>(shadow)</c> or <c>(off)</c> behind it where it is not carried out.</param>
/// <param name="Severity">What the text is; <c>unknown</c> without a verdict.</param>
/// <param name="Category">The category that decided, if one did.</param>
/// <param name="Reason">The reason code.</param>
/// <param name="Rule">The policy key that decided.</param>
/// <param name="ReleaseMode">How a completion leaves.</param>
internal sealed record Ruling(string Decision, string Severity, string? Category, string Reason, string Rule, string ReleaseMode)
{
    /// <summary>The action, carried out or not.</summary>
    internal string Action { get; init; } = "";

    /// <summary>How much of it a caller feels, in the order of the actions; 0 where it is not carried out.</summary>
    internal int Strictness { get; init; }
}
