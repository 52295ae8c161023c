using System.Collections.Immutable;

namespace PolicyGateway.Classification.Views;

/// <summary>
/// Leads from offsets of a view back to offsets of the raw text, both in UTF-16 code units. Kept as runs: a text with
/// one changed word has three of them, whatever its length. Raw characters that no run covers were dropped.
/// </summary>
internal sealed class OffsetMap(ImmutableArray<OffsetRun> runs)
{
    public ImmutableArray<OffsetRun> Runs { get; } = runs;

    public static OffsetMap Identity(int length) => Part(0, length);

    /// <summary>The map of a part of the raw text.</summary>
    public static OffsetMap Part(int start, int length) =>
        new(length == 0 ? [] : [new OffsetRun(0, length, start, length, OffsetStep.Forward)]);

    /// <summary>The offset in the raw text of what became the character at <paramref name="index"/> of the view.</summary>
    public int ToRaw(int index) => ToRaw(index, 1).Start;

    /// <summary>The smallest raw range that holds all that became the given range of the view, which must lie in the view.</summary>
    public RawRange ToRaw(int start, int length)
    {
        if (Runs.IsEmpty)
        {
            return default;
        }

        var from = int.MaxValue;
        var to = 0;
        for (var i = RunAt(start); i < Runs.Length && (Runs[i].View < start + length || from == int.MaxValue); i++)
        {
            var part = Runs[i].Slice(start, Math.Max(length, 1));
            from = Math.Min(from, part.Raw);
            to = Math.Max(to, part.Raw + part.RawLength);
        }

        return new RawRange(from, length == 0 ? 0 : to - from);
    }

    /// <summary>The map of a view of a view: this one leads to the text that <paramref name="inner"/> leads on from.</summary>
    public OffsetMap Over(OffsetMap inner)
    {
        var builder = new OffsetRuns();
        foreach (var run in Runs)
        {
            if (run.Step == OffsetStep.Whole)
            {
                var whole = inner.ToRaw(run.Raw, run.RawLength);
                builder.Add(run.ViewLength, whole.Start, whole.Length, OffsetStep.Whole);
            }
            else
            {
                inner.AddParts(run, builder);
            }
        }

        return builder.ToMap();
    }

    private void AddParts(OffsetRun outer, OffsetRuns builder)
    {
        var first = RunAt(outer.Raw);
        var last = RunAt(outer.Raw + outer.RawLength - 1);
        for (var i = first; i <= last; i++)
        {
            // Backwards through the text means backwards through its runs, too.
            var run = Runs[outer.Step == OffsetStep.Forward ? i : last - (i - first)];
            var part = run.Slice(outer.Raw, outer.RawLength);
            var step = (OffsetStep)((int)part.Step * (int)outer.Step);
            builder.Add(part.ViewLength, part.Raw, part.RawLength, step);
        }
    }

    private int RunAt(int index)
    {
        var (low, high) = (0, Runs.Length - 1);
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            (low, high) = Runs[middle].View <= index ? (middle, high) : (low, middle - 1);
        }

        return low;
    }
}

/// <summary>A range of the raw text, in UTF-16 code units.</summary>
public readonly record struct RawRange(int Start, int Length);

/// <summary>How the characters of a run relate to raw ones.</summary>
internal enum OffsetStep
{
    /// <summary>Only the run as a whole has a place in the raw text, as what was decoded has.</summary>
    Whole = 0,

    /// <summary>Character by character.</summary>
    Forward = 1,

    /// <summary>Character by character, the last one first.</summary>
    Backward = -1,
}

/// <summary>A stretch of a view, and the stretch of the raw text that it was made from. Both lengths are equal unless it is whole.</summary>
internal readonly record struct OffsetRun(int View, int ViewLength, int Raw, int RawLength, OffsetStep Step)
{
    /// <summary>The part of this run inside a range of the view.</summary>
    public OffsetRun Slice(int start, int length)
    {
        var from = Math.Clamp(start, View, View + ViewLength);
        var to = Math.Clamp(start + length, from, View + ViewLength);
        return Step switch
        {
            OffsetStep.Forward => new OffsetRun(from, to - from, Raw + (from - View), to - from, Step),
            OffsetStep.Backward => new OffsetRun(from, to - from, Raw + (View + ViewLength - to), to - from, Step),
            _ => this with { View = from, ViewLength = to - from },
        };
    }
}
