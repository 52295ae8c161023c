using System.Runtime.InteropServices;

namespace PolicyGateway.Classification.Views;

/// <summary>Collects the runs of an <see cref="OffsetMap"/> in the order of the view, and joins those that continue each other.</summary>
internal sealed class OffsetRuns
{
    private readonly List<OffsetRun> _runs = [];
    private int _view;

    public void Add(int viewLength, int raw, int rawLength, OffsetStep step)
    {
        if (viewLength == 0)
        {
            return;
        }

        var runs = CollectionsMarshal.AsSpan(_runs);
        if (step == OffsetStep.Forward && runs.Length > 0 && runs[^1] is { Step: OffsetStep.Forward } last && last.Raw + last.RawLength == raw)
        {
            runs[^1] = last with { ViewLength = last.ViewLength + viewLength, RawLength = last.RawLength + rawLength };
        }
        else
        {
            _runs.Add(new OffsetRun(_view, viewLength, raw, rawLength, step));
        }

        _view += viewLength;
    }

    public OffsetMap ToMap() => new([.. _runs]);
}
