using System.Collections.Immutable;

namespace PolicyGateway.Classification.Views;

/// <summary>
/// All other readings of a text that hides what it says. A classifier judges the raw text and every view, and the maximum
/// counts per head, so a view can only add suspicion.
/// </summary>
internal static class TextViews
{
    // What makes no view but of a text that runs backwards.
    private const Signals Ordinary = Signals.Unusual | Signals.Capitals;

    /// <summary>The views of <paramref name="raw"/> that tell a reader something new, in a fixed order; none for ordinary text.</summary>
    public static ImmutableArray<TextView> Of(string raw, ViewLimits limits) => Of(raw, TextScan.Of(raw), limits);

    /// <summary>The same of a text that was scanned.</summary>
    public static ImmutableArray<TextView> Of(string raw, Signals signals, ViewLimits limits)
    {
        var repeats = Repetition.MayOccurIn(raw);
        var isMixed = (signals & (Signals.Capitals | Signals.NonAscii)) != Signals.None && MixedCase.MayOccurIn(raw);
        if ((signals & ~Ordinary) == Signals.None && !repeats && !isMixed)
        {
            return Backwards(raw, under: null, signals, limits.MaxLength(raw)) is { } view ? [view] : [];
        }

        var views = ImmutableArray.CreateBuilder<TextView>();
        var maxLength = limits.MaxLength(raw);
        var plain = signals.HasFlag(Signals.NonAscii) ? Normaliser.Apply(raw, under: null, maxLength) : null;
        AddTo(views, plain);

        var text = plain?.Text ?? raw;
        signals = plain is null ? signals : TextScan.Of(text);
        AddTo(views, isMixed ? MixedCase.Apply(text, plain, maxLength) : null);
        var leet = signals.HasFlag(Signals.Leetspeak) ? LeetWords.Apply(text, plain, maxLength) : null;
        AddTo(views, leet);
        var joined = Joined(text, plain, signals, maxLength);
        AddTo(views, joined);
        var decoded = Decoded(text, plain, signals, limits, maxLength);
        AddTo(views, decoded);
        AddCiphers(views, decoded ?? plain, decoded?.Text ?? text, decoded is null ? signals : TextScan.Of(decoded.Text), maxLength);
        if ((joined ?? leet) is { } spelled)
        {
            AddCiphers(views, spelled, spelled.Text, TextScan.Of(spelled.Text), maxLength);
        }

        AddTo(views, signals.HasFlag(Signals.NonAscii) ? BackwardText.Apply(decoded?.Text ?? text, decoded ?? plain, maxLength) : null);
        AddTo(views, signals.HasFlag(Signals.NonAscii) ? Homophones.Apply(text, plain, maxLength) : null);
        AddTo(views, repeats ? Repetition.Collapse(text, plain, maxLength) : null);
        return views.ToImmutable();
    }

    /// <summary>Letters may be replaced as well as spaced.</summary>
    private static TextView? Joined(string text, TextView? plain, Signals signals, int maxLength)
    {
        if ((signals & (Signals.Spaced | Signals.Symbols)) == Signals.None || JoinedText.Apply(text, plain, maxLength) is not { } joined)
        {
            return null;
        }

        return LeetWords.Apply(joined.Text, joined, maxLength) is { } read ? read with { Name = joined.Name } : joined;
    }

    /// <summary>What was encoded may itself be disguised, in single characters or words.</summary>
    private static TextView? Decoded(string text, TextView? plain, Signals signals, ViewLimits limits, int maxLength)
    {
        if ((signals & (Signals.Escapes | Signals.Packed)) == Signals.None || DecodedText.Apply(text, plain, limits, maxLength) is not { } decoded)
        {
            return null;
        }

        decoded = Normaliser.Apply(decoded.Text, decoded, maxLength) ?? decoded;
        decoded = MixedCase.MayOccurIn(decoded.Text) ? MixedCase.Apply(decoded.Text, decoded, maxLength) ?? decoded : decoded;
        decoded = JoinedText.Apply(decoded.Text, decoded, maxLength) ?? decoded;
        return (LeetWords.Apply(decoded.Text, decoded, maxLength) ?? decoded) with { Name = ViewNames.Decoded };
    }

    private static void AddCiphers(ImmutableArray<TextView>.Builder views, TextView? under, string text, Signals signals, int maxLength)
    {
        var backwards = Backwards(text, under, signals, maxLength);
        if (!signals.HasFlag(Signals.Implausible))
        {
            AddTo(views, backwards);
            return;
        }

        var cipher = new CipherText(text);
        AddTo(views, cipher.Shifted(under, maxLength));
        AddTo(views, backwards ?? cipher.Reversed(under, maxLength, keepOrder: false));
        AddTo(views, cipher.Reversed(under, maxLength, keepOrder: true));
    }

    private static TextView? Backwards(string text, TextView? under, Signals signals, int maxLength) =>
        (signals & (Signals.Implausible | Signals.Unusual)) != Signals.None || BackwardWords.EndsInFront(text) ? BackwardWords.Apply(text, under, maxLength) : null;

    private static void AddTo(ImmutableArray<TextView>.Builder views, TextView? view)
    {
        if (view is not null)
        {
            views.Add(view);
        }
    }
}
