using System.Collections.Immutable;
using PolicyGateway.Classification;
using PolicyGateway.Classification.Ngram;
using PolicyGateway.Training.Data;

namespace PolicyGateway.Training.Learning;

/// <summary>Fits the line from logit to probability, per head and kind, on the scores of rows that were left out.</summary>
internal static class PlattFit
{
    // A line through fewer positives than this says more about those rows than about the head.
    private const int FewestPositives = 40;
    private const int Iterations = 50;

    /// <summary>Contrast groups count more than research sets: they stand on the line that matters.</summary>
    public static double WeightOf(Row row) => row.IsWritten ? 4 : 1;

    public static Calibration Fit(IReadOnlyList<Row> rows, float[][] logits) => new(
        FitKind(rows, logits, TextKind.Prompt),
        FitKind(rows, logits, TextKind.Completion));

    private static ImmutableArray<PlattLine> FitKind(IReadOnlyList<Row> rows, float[][] logits, TextKind kind)
    {
        var all = Enumerable.Range(0, rows.Count).ToArray();
        var ofKind = all.Where(i => rows[i].Kind == kind).ToArray();
        return [.. Enumerable.Range(0, LabelMap.HeadCount).Select(head =>
            FitLine(ofKind.Count(i => rows[i].IsTrue(head)) >= FewestPositives ? ofKind : all, rows, logits, head))];
    }

    /// <summary>Newton's method on the weighted logistic loss, with a weak pull towards slope 1.</summary>
    private static PlattLine FitLine(int[] use, IReadOnlyList<Row> rows, float[][] logits, int head)
    {
        const double Pull = 1.0;
        double slope = 1, offset = 0;
        for (var iteration = 0; iteration < Iterations; iteration++)
        {
            double g0 = Pull * (slope - 1), g1 = 0, h00 = Pull, h01 = 0, h11 = 1e-6;
            foreach (var i in use)
            {
                double x = logits[i][head], weight = WeightOf(rows[i]);
                var p = 1 / (1 + Math.Exp(-((slope * x) + offset)));
                var error = weight * (p - (rows[i].IsTrue(head) ? 1 : 0));
                var curvature = weight * p * (1 - p);
                g0 += error * x;
                g1 += error;
                h00 += curvature * x * x;
                h01 += curvature * x;
                h11 += curvature;
            }

            var determinant = (h00 * h11) - (h01 * h01);
            var stepSlope = ((h11 * g0) - (h01 * g1)) / determinant;
            var stepOffset = ((h00 * g1) - (h01 * g0)) / determinant;
            slope -= Math.Clamp(stepSlope, -1, 1);
            offset -= Math.Clamp(stepOffset, -2, 2);
            if (Math.Abs(stepSlope) + Math.Abs(stepOffset) < 1e-9)
            {
                break;
            }
        }

        // The bundle refuses a line that does not rise; a head this weak is nearly constant instead.
        return new PlattLine((float)Math.Max(slope, 0.01), (float)offset);
    }
}
