using PolicyGateway.Classification;
using PolicyGateway.Classification.Encoder;

namespace PolicyGateway.Training.Calibrating;

/// <summary>
/// Fits, per head and kind, the line from both stages' logits to a probability, on rows that neither was trained on. Each
/// source weighs as the root of its rows, so that none decides alone.
/// </summary>
internal static class BlendFit
{
    // A line through fewer positives than this says more about those rows than about the head.
    private const int FewestPositives = 60;
    private const int Iterations = 100;

    // A weak pull towards an encoder that is over-confident by half, and towards no blend.
    private const double Pull = 2;
    private const double UsualSlope = 0.5;

    public static Dictionary<string, BlendLine> Fit(IReadOnlyList<StageScores> rows, TextKind kind)
    {
        var weights = rows.GroupBy(row => row.Row.Source).ToDictionary(group => group.Key, group => 1 / Math.Sqrt(group.Count()));
        var ofKind = rows.Where(row => row.Row.Kind == kind).ToArray();
        var pooled = FitLine(
            Enumerable.Range(0, LabelMap.FlaggedIndex).SelectMany(head => ofKind.Select(row => Sample(row, head))), withNgram: true);
        return Enumerable.Range(0, LabelMap.HeadCount).ToDictionary(head => LabelMap.Heads[head], head =>
            ofKind.Count(row => row.Row.IsTrue(head)) >= FewestPositives ? FitLine(ofKind.Select(row => Sample(row, head)), withNgram: true)
            : rows.Count(row => row.Row.IsTrue(head)) >= FewestPositives ? FitLine(rows.Select(row => Sample(row, head)), withNgram: true)
            : pooled);

        (double, double, bool, double) Sample(StageScores row, int head) =>
            (row.Encoder[head], StageBlend.Logit(row.Ngram[head]), row.Row.IsTrue(head), weights[row.Row.Source]);
    }

    /// <summary>Newton's method on the weighted logistic loss.</summary>
    private static BlendLine FitLine(IEnumerable<(double Encoder, double Ngram, bool Truth, double Weight)> samples, bool withNgram)
    {
        var rows = samples.ToArray();
        double[] line = [UsualSlope, 0, 0];
        for (var iteration = 0; iteration < Iterations; iteration++)
        {
            double[] gradient = [Pull * (line[0] - UsualSlope), Pull * line[1], 0];
            double[,] curvature = { { Pull, 0, 0 }, { 0, Pull, 0 }, { 0, 0, 1e-6 } };
            foreach (var row in rows)
            {
                double[] x = [row.Encoder, withNgram ? row.Ngram : 0, 1];
                var p = 1 / (1 + Math.Exp(-((line[0] * x[0]) + (line[1] * x[1]) + line[2])));
                for (var i = 0; i < 3; i++)
                {
                    gradient[i] += row.Weight * (p - (row.Truth ? 1 : 0)) * x[i];
                    for (var j = 0; j < 3; j++)
                    {
                        curvature[i, j] += row.Weight * p * (1 - p) * x[i] * x[j];
                    }
                }
            }

            var step = Solve(curvature, gradient);
            for (var i = 0; i < 3; i++)
            {
                line[i] -= Math.Clamp(step[i], -1, 1);
            }

            if (step.Sum(Math.Abs) < 1e-9)
            {
                break;
            }
        }

        // A first stage that speaks against the truth is not listened to; the bundle refuses a line that does not rise.
        return withNgram && line[1] < 0 ? FitLine(rows, withNgram: false) : new BlendLine((float)Math.Max(line[0], 0.01), (float)line[1], (float)line[2]);
    }

    /// <summary>Solves three equations by elimination.</summary>
    private static double[] Solve(double[,] matrix, double[] right)
    {
        for (var column = 0; column < 3; column++)
        {
            for (var row = column + 1; row < 3; row++)
            {
                var factor = matrix[row, column] / matrix[column, column];
                for (var k = column; k < 3; k++)
                {
                    matrix[row, k] -= factor * matrix[column, k];
                }

                right[row] -= factor * right[column];
            }
        }

        var solution = new double[3];
        for (var row = 2; row >= 0; row--)
        {
            var rest = right[row];
            for (var k = row + 1; k < 3; k++)
            {
                rest -= matrix[row, k] * solution[k];
            }

            solution[row] = rest / matrix[row, row];
        }

        return solution;
    }
}
