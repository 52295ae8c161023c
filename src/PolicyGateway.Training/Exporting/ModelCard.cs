using System.Globalization;
using System.Text;
using PolicyGateway.Training.Learning;

namespace PolicyGateway.Training.Exporting;

/// <summary>Writes the model card: the words stand here, the figures come from the run.</summary>
internal static class ModelCard
{
    private const string Limits = """
        ## Limits

        - It knows words and letters, not meaning. What moves it most is topic; intent it guesses from wording. Stage 2 is meant to replace its decisions, not its speed.
        - On sources it has not seen it misses much of what is not benign and alarms on benign look-alikes; the tables below say how often. The bands were chosen by false alarms, so misses are the price.
        - For a good part of the research rows the category is a keyword rule of the data set and not a human label; weapons, illicit, influence and nuclear suffer most. Nuclear and minors have few rows.
        - Languages other than English, Chinese, Russian and Korean have few rows, partly written by no native speaker. A language that the table does not name is unknown territory.
        - Accents, full width, styled letters, zero-width, bidirectional and tag characters and mixed-script look-alikes are undone before scoring. Leetspeak, misspelling, base64 and other encodings are not.
        - A completion is scored by its own text. One that is harmful only as an answer to its prompt reads as benign here.
        - Scores of texts under about five words rest on almost nothing.
        - Its licences cost it accuracy. The same code trained with the share-alike rows (`train --rows ShareAlike`) reaches an AUC of 0.907 on the development split of the research sets, and 0.978 on every row (`--rows All`); a linear baseline published with the data has 0.905 and 0.977. The tables below say what is left without them.
        """;

    public static string Write(string name, TrainingRun run, int modelBytes)
    {
        var card = new StringBuilder();
        card.AppendLine(CultureInfo.InvariantCulture, $"# {name}: stage 1, a linear model over hashed n-grams");
        card.AppendLine();
        card.AppendLine(CultureInfo.InvariantCulture, $"""
            Sixteen logistic regressions (14 categories, `flagged`, `prohibited`) over words, word pairs, character 4-grams inside words, and character 1- to 3-grams in scripts without spaces, as far as at least two training texts contain them. Long texts are cut into overlapping windows; the maximum counts. {modelBytes / 1e6:0.0} MB, int8 weights, ONNX opset 17. This card is written by `export`.

            Intended use: to clear or escalate text in front of a model API within a tenth of a millisecond. Not for judging people.

            ## Training data

            {run.Sources.Sum(source => source.Rows)} rows, all under the licences named. `own_*` are contrast groups written for this project. No row of a development split was trained on.

            | source | licence | rows |
            |---|---|---|
            """);
        foreach (var source in run.Sources)
        {
            card.AppendLine(CultureInfo.InvariantCulture, $"| {source.Source} | {source.License} | {source.Rows} |");
        }

        card.AppendLine(CultureInfo.InvariantCulture, $"""

            Hyperparameters, chosen by leaving sources out: `{run.Hyperparameters}`.

            {Limits}

            ## Figures

            Sources come in four groups of kin; each group, and a quarter of the contrast groups (`own_*`, split by group), was scored by a model trained on the other three. Rows whose licence keeps them out of training are scored all the same. The bands were chosen on these scores, so the per-head false-alarm rates are those of the rows that they were chosen on. The probabilities are calibrated (a line per head and kind) on other scores: those of new rows from known sources and new contrast groups. On unseen sources they are overconfident. The vocabulary was collected once over all training rows, without their labels.

            *False alarms* and *recall*: any head at or above its upper edge. *False holds* and *recall, held*: any head at or above its lower edge.

            """);
        card.Append(run.Evaluation.ToMarkdown());
        return card.ToString();
    }
}
