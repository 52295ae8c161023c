using PolicyGateway.Evaluation.Statistics;
using PolicyGateway.Evaluation.Rows;

namespace PolicyGateway.Evaluation.Report;

/// <summary>All that <c>evaluate</c> finds out. The JSON file is this record; nothing in it holds a text.</summary>
/// <param name="Format">The version of this form: 1. Members may be added to a version; none changes its meaning or goes.</param>
/// <param name="At">When the run began, in UTC.</param>
/// <param name="Model">Name and version of the model.</param>
/// <param name="PolicyVersion">Hash of the policy whose thresholds counted.</param>
/// <param name="Seed">Seed of the bootstrap and of the sample.</param>
/// <param name="Resamples">Resamples of each bootstrap.</param>
/// <param name="Data">What was read.</param>
/// <param name="Thresholds">The thresholds in force, one pair per head.</param>
/// <param name="All">The figures over all rows.</param>
/// <param name="Groups">The figures of parts of the rows, by dimension.</param>
/// <param name="Heads">What each head does by itself.</param>
/// <param name="Calibration">How far the probability of <c>flagged</c> can be taken at its word.</param>
/// <param name="Escalation">How many texts a later stage decided.</param>
/// <param name="Time">How long the classifier took.</param>
/// <param name="Roc">The curve of false alarms against recall of <c>flagged</c>, from the strictest threshold on.</param>
/// <param name="Frontier">False holds against misses, for a sweep of each dial.</param>
/// <param name="Equity">False holds by language.</param>
/// <param name="Robustness">What rewriting does to a sample of the rows; null where it was not asked for.</param>
internal sealed record EvaluationReport(
    int Format,
    DateTimeOffset At,
    string Model,
    string PolicyVersion,
    int Seed,
    int Resamples,
    DataSummary Data,
    IReadOnlyList<ThresholdPair> Thresholds,
    GroupFigures All,
    GroupSets Groups,
    IReadOnlyList<HeadFigures> Heads,
    IReadOnlyList<Reliability> Calibration,
    EscalationFigures Escalation,
    TimeFigures Time,
    IReadOnlyList<RocPoint> Roc,
    FrontierFigures Frontier,
    EquityFigures Equity,
    RobustnessFigures? Robustness)
{
    public const int CurrentFormat = 1;
}

/// <summary>What was read.</summary>
/// <param name="Files">The files, in order.</param>
/// <param name="Rows">Rows that count.</param>
/// <param name="Benign">Benign rows among them.</param>
/// <param name="Unknown">Rows without a verdict: held, in no curve, and no alarm.</param>
/// <param name="LeftOut">Lines that are no row, or repeat an id.</param>
/// <param name="Odd">Rows that count without a category that the model does not know.</param>
internal sealed record DataSummary(IReadOnlyList<FileRows> Files, int Rows, int Benign, int Unknown, int LeftOut, int Odd);

/// <summary>The thresholds of one head.</summary>
/// <param name="Head">The head: a category, <c>flagged</c> or <c>prohibited</c>.</param>
/// <param name="Uncertain">From here on a text is held.</param>
/// <param name="Flagged">From here on it is treated as not benign.</param>
internal sealed record ThresholdPair(string Head, float Uncertain, float Flagged);

/// <summary>The groups, by dimension; the largest first.</summary>
/// <param name="Category">Rows of a category, against all benign rows.</param>
/// <param name="Severity">Rows of a severity, against all benign rows.</param>
/// <param name="Language">Rows of a language.</param>
/// <param name="Source">Rows of a source.</param>
/// <param name="Kind">Prompts, and completions.</param>
/// <param name="Length">Rows by the length of their text, in characters; the shortest first.</param>
/// <param name="Topic">Benign look-alikes by what they are about.</param>
internal sealed record GroupSets(
    GroupSet Category, GroupSet Severity, GroupSet Language, GroupSet Source, GroupSet Kind, GroupSet Length, GroupSet Topic);

/// <summary>The groups of one dimension.</summary>
/// <param name="Groups">The largest groups, 100 at most.</param>
/// <param name="MoreGroups">How many more groups there are.</param>
/// <param name="MoreRows">How many rows those have.</param>
internal sealed record GroupSet(IReadOnlyList<GroupFigures> Groups, int MoreGroups, int MoreRows);

/// <summary>What the classifier does on one group of rows. A figure is null where the group has too few rows for it.</summary>
/// <param name="Group">The group.</param>
/// <param name="Rows">Rows in it; of a category or a severity, the benign rows that it is measured against included.</param>
/// <param name="Benign">Benign rows among them.</param>
/// <param name="Unknown">Rows without a verdict.</param>
/// <param name="TooFew">Whether it has fewer than 10 benign rows or fewer than 10 others: then no figure that needs both is given.</param>
/// <param name="Auc">Area under the ROC curve of <c>flagged</c>, ties counted half.</param>
/// <param name="F1">Harmonic mean of precision and recall of alarms, that is texts with any head at or above its upper edge; rows with a verdict only.</param>
/// <param name="RecallAtFpr">Recall of <c>flagged</c> at fixed false-positive rates; a rate is left out where the group has too few benign rows for it.</param>
/// <param name="Recall">Share of the rows that are not benign with any head at or above its upper edge.</param>
/// <param name="RecallHeld">Share of the rows that are not benign with any head at or above its lower edge.</param>
/// <param name="FalseAlarms">Share of the benign rows with any head at or above its upper edge.</param>
/// <param name="FalseHolds">Share of the benign rows with any head at or above its lower edge.</param>
/// <param name="Escalated">Share of the group's own rows that a later stage decided.</param>
internal sealed record GroupFigures(
    string Group,
    int Rows,
    int Benign,
    int Unknown,
    bool TooFew,
    Estimate? Auc,
    Estimate? F1,
    IReadOnlyList<OperatingPoint> RecallAtFpr,
    Rate? Recall,
    Rate? RecallHeld,
    Rate? FalseAlarms,
    Rate? FalseHolds,
    Rate? Escalated);

/// <summary>What one head does by itself.</summary>
/// <param name="Head">The head.</param>
/// <param name="Rows">Rows with a verdict.</param>
/// <param name="Positives">Rows that it should be sure of.</param>
/// <param name="Auc">Area under its ROC curve against all other rows; null with fewer than 10 rows on either side.</param>
/// <param name="F1">Harmonic mean of precision and recall at its upper edge; null with fewer than 10 positives.</param>
/// <param name="Recall">Share of the positives at or above its upper edge.</param>
/// <param name="RecallHeld">Share of the positives at or above its lower edge.</param>
/// <param name="FalseAlarms">Share of the benign rows at or above its upper edge.</param>
/// <param name="FalseHolds">Share of the benign rows at or above its lower edge.</param>
internal sealed record HeadFigures(
    string Head,
    int Rows,
    int Positives,
    Estimate? Auc,
    double? F1,
    Rate? Recall,
    Rate? RecallHeld,
    Rate? FalseAlarms,
    Rate? FalseHolds);
