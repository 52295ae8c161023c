using DiffPlex.DiffBuilder;
using DiffPlex.DiffBuilder.Model;
using PolicyGateway.Policy;

namespace PolicyGateway.Admin.Reads;

internal enum LineChange
{
    Kept,
    Removed,
    Added,
}

/// <summary>One line of two policies that are held against each other.</summary>
internal sealed record LineOfDiff(LineChange Change, string Text);

/// <summary>The policy in force, for those who must answer for it.</summary>
/// <param name="Version">The hash of what it says, as decisions carry it.</param>
/// <param name="Name">What it calls itself.</param>
/// <param name="Mode">How it is applied where no tenant says otherwise.</param>
/// <param name="Since">When it came into force on this instance.</param>
/// <param name="Text">As it was written.</param>
/// <param name="Fault">Why the file as it is now is not in force; null where it is.</param>
/// <param name="Previous">The one before; null where none was in force since the gateway started.</param>
/// <param name="Diff">From the previous one to this one, line by line; null without one, and of very long ones.</param>
internal sealed record PolicyView(
    string Version, string Name, PolicyMode Mode, DateTimeOffset Since, string Text, string? Fault, PolicyText? Previous, IReadOnlyList<LineOfDiff>? Diff);

/// <summary>Shows the policy in force and what the last change of it changed.</summary>
internal sealed class PolicyReview(PolicyStore policies)
{
    /// <summary>Of both together: what takes time grows with the square of what differs.</summary>
    private const int MostLines = 20_000;

    private readonly Lock _comparing = new();
    private (PolicyTexts Texts, IReadOnlyList<LineOfDiff>? Diff)? _compared;

    public PolicyView Read()
    {
        var (texts, snapshot) = (policies.Texts, policies.Current);
        return new PolicyView(
            texts.Current.Version, snapshot.Name, snapshot.Mode, texts.Current.Since, texts.Current.Text, policies.Status.LastFault, texts.Previous, DiffOf(texts));
    }

    private IReadOnlyList<LineOfDiff>? DiffOf(PolicyTexts texts)
    {
        lock (_comparing)
        {
            if (_compared is not { } compared || !ReferenceEquals(compared.Texts, texts))
            {
                _compared = compared = (texts, texts.Previous is { } previous ? Compare(previous.Text, texts.Current.Text) : null);
            }

            return compared.Diff;
        }
    }

    private static IReadOnlyList<LineOfDiff>? Compare(string before, string after) =>
        before.Count('\n') + after.Count('\n') > MostLines ? null
        : [.. InlineDiffBuilder.Diff(before, after, ignoreWhiteSpace: false).Lines.Select(static line => new LineOfDiff(
            line.Type switch { ChangeType.Inserted => LineChange.Added, ChangeType.Deleted => LineChange.Removed, _ => LineChange.Kept }, line.Text ?? ""))];
}
