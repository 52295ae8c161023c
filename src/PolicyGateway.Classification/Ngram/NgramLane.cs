using PolicyGateway.Classification.Onnx;

namespace PolicyGateway.Classification.Ngram;

/// <summary>
/// Scores one text at a time: windows, features, graph, calibration, maximum per head. Owns all its memory;
/// after the first call nothing is allocated. Not thread-safe: the classifier lends it to one caller at a time.
/// </summary>
internal sealed class NgramLane : IDisposable
{
    private readonly FeaturizerSpec _spec;
    private readonly Featurizer _featurizer;
    private readonly Vocabulary _vocabulary;
    private readonly Calibration _calibration;
    private readonly FeatureBuffer _buffer;
    private readonly NgramBinding _binding;

    public NgramLane(NgramBundle bundle, NgramSession session)
        : this(bundle.Featurizer, bundle.Vocabulary, bundle.Calibration, session)
    {
    }

    public NgramLane(FeaturizerSpec spec, Vocabulary vocabulary, Calibration calibration, NgramSession session)
    {
        (_spec, _vocabulary, _calibration) = (spec, vocabulary, calibration);
        _featurizer = new Featurizer(_spec);
        _buffer = new FeatureBuffer(_spec);
        _binding = new NgramBinding(session, _buffer.Ids, paddingId: _spec.Slots);
    }

    /// <summary>Writes a probability per head; the maximum over the text's windows counts.</summary>
    /// <param name="kind">Which calibration applies.</param>
    /// <param name="text">The text, of any length.</param>
    /// <param name="probabilities">One per head; complete only where the result is <see cref="UnknownReason.None"/>.</param>
    /// <param name="isLate">Asked before each window: a window is too short (0.1 ms) to be worth interrupting.</param>
    /// <param name="windows">How many windows were scored.</param>
    public UnknownReason Score(TextKind kind, ReadOnlySpan<char> text, Span<float> probabilities, in Deadline isLate, out int windows)
    {
        probabilities.Fill(float.NegativeInfinity);
        var cut = new TextWindows(text, _spec.WindowCharacters, _spec.WindowOverlap);
        windows = 0;
        var hasWords = false;
        while (cut.MoveNext())
        {
            if (isLate.HasPassed)
            {
                return UnknownReason.Deadline;
            }

            _featurizer.Featurize(cut.Current, _buffer);
            hasWords |= !_buffer.Hashes.IsEmpty;
            _buffer.Resolve(_vocabulary);
            if (!Accumulate(_binding.Run(_buffer.Count, _spec.ScaleOf(_buffer.Count)), probabilities))
            {
                return UnknownReason.RuntimeFailure;
            }

            windows = cut.Count;
        }

        if (!hasWords)
        {
            probabilities.Clear(); // nothing is said, so nothing of it is harmful
            return UnknownReason.None;
        }

        // Calibration rises with the logit, so the maximum may be taken before it.
        _calibration.Apply(kind, probabilities);
        return UnknownReason.None;
    }

    public void Dispose() => _binding.Dispose();

    private static bool Accumulate(ReadOnlySpan<float> logits, Span<float> maximum)
    {
        for (var i = 0; i < maximum.Length; i++)
        {
            if (!float.IsFinite(logits[i]))
            {
                return false;
            }

            maximum[i] = Math.Max(maximum[i], logits[i]);
        }

        return true;
    }
}
