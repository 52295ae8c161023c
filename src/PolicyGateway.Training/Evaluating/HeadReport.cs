using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using PolicyGateway.Classification;
using PolicyGateway.Classification.Evaluation;

namespace PolicyGateway.Training.Evaluating;

/// <summary>What one head does on rows whose source it did not see.</summary>
internal sealed record HeadReport(string Head, int Positives, double? Auc, float Uncertain, float Flagged, double FalseAlarms, double? Recall)
{
    public static IReadOnlyList<HeadReport> All(IReadOnlyList<Scored> rows, ImmutableArray<HeadThreshold> bands) =>
        [.. Enumerable.Range(0, LabelMap.HeadCount).Select(head =>
        {
            var positives = rows.Where(row => row.Row.IsTrue(head)).Select(row => row.Probabilities[head]).ToArray();
            var benign = rows.Where(row => row.Row.IsBenign).Select(row => row.Probabilities[head]).ToArray();
            var auc = Metrics.Auc(rows.Select(row => (row.Probabilities[head], row.Row.IsTrue(head))));
            var recall = Metrics.Rate(positives, bands[head].Flagged);
            return new HeadReport(
                LabelMap.Heads[head],
                positives.Length,
                double.IsNaN(auc) ? null : Math.Round(auc, 4),
                bands[head].Uncertain,
                bands[head].Flagged,
                Math.Round(Metrics.Rate(benign, bands[head].Flagged), 4),
                double.IsNaN(recall) ? null : Math.Round(recall, 4));
        })];

    public static string Table(IReadOnlyList<HeadReport> reports)
    {
        var table = new StringBuilder("| head | positives | AUC | uncertain from | flagged from | false alarms | recall |\n|---|---|---|---|---|---|---|\n");
        foreach (var r in reports)
        {
            table.AppendLine(CultureInfo.InvariantCulture,
                $"| {r.Head} | {r.Positives} | {r.Auc:0.000} | {r.Uncertain:0.000} | {r.Flagged:0.000} | {r.FalseAlarms:0.000} | {r.Recall:0.000} |");
        }

        return table.ToString();
    }
}
