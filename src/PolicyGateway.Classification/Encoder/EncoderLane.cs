using PolicyGateway.Classification.Onnx;

namespace PolicyGateway.Classification.Encoder;

/// <summary>Scores one text at a time: tokens, windows, graph, maximum per head. Not thread-safe.</summary>
internal sealed class EncoderLane(PieceTable pieces, EncoderSpec spec, EncoderSession session) : IDisposable
{
    // More than any machine does, so that a text which cannot be done in time is not begun.
    private const double TokensPerMillisecond = 100;

    // Its sigmoid is 1 in single precision, near enough.
    private const float SteepestLogit = 16;

    private readonly TokenWindows _windows = new(spec, new PieceTokenizer(pieces));
    private readonly EncoderBinding _binding = new(session, spec.MaxTokens);

    /// <summary>Writes a logit per head; the maximum over the text's windows counts.</summary>
    /// <param name="input">The text.</param>
    /// <param name="logits">One per head; complete only where the result is <see cref="UnknownReason.None"/>.</param>
    /// <param name="deadline">When it must be done.</param>
    /// <param name="windows">How many windows were scored.</param>
    public UnknownReason Score(in ClassifierInput input, Span<float> logits, Deadline deadline, out int windows)
    {
        logits.Fill(float.NegativeInfinity);
        windows = 0;

        // A window takes milliseconds: beyond this many tokens the deadline comes first.
        var most = (int)Math.Clamp(deadline.Remaining.TotalMilliseconds * TokensPerMillisecond, 0, int.MaxValue / 2);
        _windows.Start(input.Kind, input.Text.Span, input.Prompt.Span, most);
        if (_windows.Tokens >= most)
        {
            return UnknownReason.Deadline;
        }

        var text = _binding.Begin();
        using var watch = deadline.Watch(() => _binding.Terminate(text));
        try
        {
            while (_windows.Next(_binding.Tokens) is var count and > 0)
            {
                if (deadline.HasPassed)
                {
                    return UnknownReason.Deadline;
                }

                if (!Accumulate(_binding.Run(count, _windows.TextStart), logits))
                {
                    return UnknownReason.RuntimeFailure;
                }

                windows++;
            }

            return UnknownReason.None;
        }
        catch (Microsoft.ML.OnnxRuntime.OnnxRuntimeException) when (_binding.IsTerminated || deadline.HasPassed)
        {
            return UnknownReason.Deadline;
        }
        finally
        {
            _binding.End();
        }
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

            maximum[i] = Math.Max(maximum[i], Math.Clamp(logits[i], -SteepestLogit, SteepestLogit));
        }

        return true;
    }
}
