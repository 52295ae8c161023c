using PolicyGateway.Training.Data;

namespace PolicyGateway.Training.Learning;

/// <summary>
/// Scores each row by a model that did not see its fold. With folds of kindred sources this is leave-source-out,
/// on which every choice and the bands rest; with folds of rows it is what calibration is fitted on.
/// </summary>
internal static class CrossFit
{
    /// <summary>Logits per row and head, for all rows of <paramref name="instances"/>, admitted to training or not.</summary>
    public static float[][] Score(Instances instances, Func<Row, int> foldOf, RowFilter filter, Hyperparameters parameters, int slots, Action<string> progress)
    {
        var logits = new float[instances.Rows.Count][];
        var options = new ParallelOptions { MaxDegreeOfParallelism = Math.Min(2, Environment.ProcessorCount) };
        Parallel.For(0, Corpus.FoldCount, options, fold =>
        {
            var model = AdaGradTrainer.Train(
                instances,
                parameters,
                slots,
                row => Corpus.Admits(filter, row) && foldOf(row) != fold,
                line => progress($"leaving out fold {fold + 1}: {line}"));
            for (var row = 0; row < logits.Length; row++)
            {
                if (foldOf(instances.Rows[row]) == fold)
                {
                    logits[row] = model.ScoreRow(instances, row);
                }
            }
        });
        return logits;
    }
}
