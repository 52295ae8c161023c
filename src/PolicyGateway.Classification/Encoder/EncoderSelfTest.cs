using PolicyGateway.Classification.Onnx;

namespace PolicyGateway.Classification.Encoder;

/// <summary>
/// Known texts, through tokenizer and model: finds a tokenizer of another model, heads in another order, and a runtime that
/// computes something else. An int8 model gives slightly other scores on another kind of processor, so a few texts may be off.
/// </summary>
internal static class EncoderSelfTest
{
    // Every fifth of a hundred: a quarter of a second.
    private const int Stride = 5;
    private const float Tolerance = 0.1f;
    private const double FewestRight = 0.9;

    /// <exception cref="BundleException">The bundle does not give what it says that it gives.</exception>
    public static void Run(EncoderBundle bundle, EncoderSession session)
    {
        var windows = new TokenWindows(bundle.Manifest.Encoder, new PieceTokenizer(bundle.Pieces));
        using var binding = new EncoderBinding(session, bundle.Manifest.Encoder.MaxTokens);
        var (right, all) = (0, 0);
        for (var i = 0; i < bundle.Vectors.Length; i += Stride)
        {
            var vector = bundle.Vectors[i];
            windows.Start(vector.TextKind, vector.Text, vector.Prompt, int.MaxValue);
            var count = windows.Next(binding.Tokens);
            if (!SameTokens(binding.Tokens[..count], vector))
            {
                throw new BundleException($"The bundle's file {EncoderBundle.TokenizerFile} does not cut the known text {i + 1} into its tokens: it is another model's.");
            }

            right += Differs(binding.Run(count, windows.TextStart), vector) ? 0 : 1;
            all++;
        }

        if (right < all * FewestRight)
        {
            throw new BundleException(
                $"The bundle's model gives {right} of {all} known texts their scores: its heads are in another order, or the runtime computes something else.");
        }
    }

    private static bool SameTokens(ReadOnlySpan<long> tokens, EncoderVector vector)
    {
        var same = tokens.Length == vector.Tokens.Length;
        for (var i = 0; same && i < tokens.Length; i++)
        {
            same = tokens[i] == vector.Tokens[i];
        }

        return same;
    }

    private static bool Differs(ReadOnlySpan<float> logits, EncoderVector vector)
    {
        if (vector.Scores.Length != logits.Length)
        {
            return true;
        }

        for (var head = 0; head < logits.Length; head++)
        {
            if (!(Math.Abs(EncoderVector.Score(logits[head]) - vector.Scores[head]) <= Tolerance))
            {
                return true;
            }
        }

        return false;
    }
}
