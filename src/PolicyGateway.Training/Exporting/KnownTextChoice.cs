using PolicyGateway.Classification;
using PolicyGateway.Classification.Encoder;
using PolicyGateway.Classification.Ngram;
using PolicyGateway.Training.Calibrating;
using PolicyGateway.Training.Data;

namespace PolicyGateway.Training.Exporting;

/// <summary>Texts whose tokens and scores go into a bundle, so that whoever loads it can tell whether it works.</summary>
internal static class KnownTextChoice
{
    // They stand in the repository, which carries few written texts.
    private const int Most = 100;

    /// <summary>Written texts of one window, evenly from all that are held out, with what the encoder says of them.</summary>
    public static List<EncoderVector> ForEncoder(EncoderBundleParts encoder, IReadOnlyList<StageScores> scored)
    {
        var windows = new TokenWindows(encoder.Spec, new PieceTokenizer(encoder.Pieces));
        var tokens = new long[encoder.Spec.MaxTokens];
        var all = new List<EncoderVector>();
        foreach (var (row, logits, _) in scored.Where(static one => one.Row.IsWritten && one.Row.HeldOut))
        {
            windows.Start(row.Kind, row.Text, row.Prompt, int.MaxValue);
            var count = windows.Next(tokens);
            if (count < tokens.Length)
            {
                all.Add(new EncoderVector(
                    row.Kind == TextKind.Prompt ? "prompt" : "completion",
                    row.Text,
                    row.Kind == TextKind.Prompt ? null : row.Prompt,
                    [.. tokens.Take(count).Select(static id => (int)id)],
                    [.. logits.Select(EncoderVector.Score)]));
            }
        }

        return Evenly(all);
    }

    /// <summary>Rows, evenly from all, with what the first stage says of them.</summary>
    public static List<NgramVector> ForNgram(IReadOnlyList<Row> rows, NgramLane lane) =>
        [.. Evenly(rows).Select(row => new NgramVector(row.Kind == TextKind.Prompt ? "prompt" : "completion", row.Text, [.. NgramSelfTest.Score(lane, row.Kind, row.Text)]))];

    private static List<T> Evenly<T>(IReadOnlyList<T> all) =>
        [.. Enumerable.Range(0, Math.Min(Most, all.Count)).Select(i => all[i * all.Count / Math.Min(Most, all.Count)])];
}
