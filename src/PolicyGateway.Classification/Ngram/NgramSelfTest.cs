using Microsoft.ML.OnnxRuntime;

namespace PolicyGateway.Classification.Ngram;

/// <summary>
/// Known texts, through featurizer, vocabulary, model and calibration: finds a vocabulary of another model, heads or calibration in
/// another order, and a runtime that computes something else. The weights are summed as whole numbers, so that every kind of
/// processor gives the same scores but for the last digits.
/// </summary>
internal static class NgramSelfTest
{
    private const float Tolerance = 0.001f;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <exception cref="BundleException">The bundle does not give what it says that it gives.</exception>
    public static void Run(NgramBundle bundle, NgramLane lane)
    {
        for (var i = 0; i < bundle.Vectors.Length; i++)
        {
            var vector = bundle.Vectors[i];
            var scores = Score(lane, vector.TextKind, vector.Text);
            if (vector.Scores.Length != scores.Length || Enumerable.Range(0, scores.Length).Any(head => !(Math.Abs(scores[head] - vector.Scores[head]) <= Tolerance)))
            {
                throw new BundleException(
                    $"The bundle's model does not give the known text {i + 1} its scores: its files are of different models, its heads are in another order, or the runtime computes something else.");
            }
        }
    }

    /// <summary>What the lane says of a text.</summary>
    /// <exception cref="BundleException">It has no scores for it.</exception>
    public static float[] Score(NgramLane lane, TextKind kind, string text)
    {
        var scores = new float[LabelMap.HeadCount];
        try
        {
            var reason = lane.Score(kind, text, scores, new Deadline(TimeProvider.System, Patience), out _);
            return reason == UnknownReason.None ? scores : throw new BundleException($"The bundle's model has no scores for a known text: {reason}.");
        }
        catch (OnnxRuntimeException fault)
        {
            throw new BundleException($"The bundle's model has no scores for a known text: {fault.Message}", fault);
        }
    }
}
