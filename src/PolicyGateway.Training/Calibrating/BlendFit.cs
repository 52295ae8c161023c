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

    // The first stage is poor on sources that it has not seen. Where it seems the better of the two, it is by chance of the few
    // sources that have the head: bound so, it does better on those left out, and on the contrast groups.
    private const double MostOfNgram = 1;

    public static Dictionary<string, BlendLine> Fit(IReadOnlyList<StageScores> rows, TextKind kind)
    {
        var weights = rows.GroupBy(row => row.Row.Source).ToDictionary(group => group.Key, group => 1 / Math.Sqrt(group.Count()));
        var ofKind = rows.Where(row => row.Row.Kind == kind).ToArray();
        var pooled = FitLine(
            Enumerable.Range(0, LabelMap.FlaggedIndex).SelectMany(head => ofKind.Select(row => Of(row, head))));
        return Enumerable.Range(0, LabelMap.HeadCount).ToDictionary(head => LabelMap.Heads[head], head =>
            ofKind.Count(row => row.Row.IsTrue(head)) >= FewestPositives ? FitLine(ofKind.Select(row => Of(row, head)))
            : rows.Count(row => row.Row.IsTrue(head)) >= FewestPositives ? FitLine(rows.Select(row => Of(row, head)))
            : pooled);

        Sample Of(StageScores row, int head) =>
            new(row.Encoder[head], StageBlend.Logit(row.Ngram[head]), row.Row.IsTrue(head), weights[row.Row.Source]);
    }

    /// <summary>A line on which the first stage weighs no less than nothing and no more than the second.</summary>
    private static BlendLine FitLine(IEnumerable<Sample> samples)
    {
        var rows = samples.ToArray();
        var free = Newton(rows);
        return free.Ngram < 0 ? FitTogether(rows, 0) : free.Ngram > MostOfNgram * free.Encoder ? FitTogether(rows, MostOfNgram) : free;
    }

    /// <summary>The line on which the first stage weighs a share of what the second does.</summary>
    private static BlendLine FitTogether(Sample[] rows, double share)
    {
        var line = Newton([.. rows.Select(row => row with { Encoder = row.Encoder + (share * row.Ngram), Ngram = 0 })]);
        return line with { Ngram = (float)(share * line.Encoder) };
    }

    /// <summary>Newton's method on the weighted logistic loss.</summary>
    private static BlendLine Newton(Sample[] rows)
    {
        double[] line = [UsualSlope, 0, 0];
        for (var iteration = 0; iteration < Iterations; iteration++)
        {
            double[] gradient = [Pull * (line[0] - UsualSlope), Pull * line[1], 0];
            double[,] curvature = { { Pull, 0, 0 }, { 0, Pull, 0 }, { 0, 0, 1e-6 } };
            foreach (var row in rows)
            {
                double[] x = [row.Encoder, row.Ngram, 1];
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

        return new BlendLine((float)Math.Max(line[0], 0.01), (float)line[1], (float)line[2]);
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

    /// <summary>What both stages say of a head, as logits, and whether it is true.</summary>
    private readonly record struct Sample(double Encoder, double Ngram, bool Truth, double Weight);
}
