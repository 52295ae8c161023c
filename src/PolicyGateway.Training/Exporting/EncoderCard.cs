using System.Globalization;
using System.Text;
using PolicyGateway.Training.Calibrating;
using PolicyGateway.Training.Data;
using PolicyGateway.Training.Evaluating;

namespace PolicyGateway.Training.Exporting;

/// <summary>Writes the second stage's model card: the words stand here, the figures come from the run.</summary>
internal static class EncoderCard
{
    private const string Limits = """
        ## Limits

        - It reads windows of 128 tokens (it was trained on up to 256). Longer texts are cut into overlapping windows, each is judged as a whole and in spans of 16 tokens, and the maximum counts: what only a page shows is not seen.
        - On sources it has not seen it still alarms on benign look-alikes and still misses; the tables below and ../../training/README.md say how often. It is surest where it has seen most: cyber, in English.
        - Text that is no prose (source code, logs, configuration, encoded data) was all but an alarm of `cyber` to an earlier model; it was then trained on some thousand benign rows of it. The rows `border_*` in the tables are of programming languages and formats that were not among them: a good many are still held, longer ones more than short ones. Code that is meant to harm is told from ordinary code by what stands in it and before it, and not surely: of sources that it does not know it holds a tenth less than the model before. In front of a coding tool measure with `policygateway evaluate`, and raise the thresholds of `cyber` in the policy or let its bands log.
        - For a good part of the research rows the category is a keyword rule of the data set and not a human label; weapons, illicit, influence and nuclear suffer most. Nuclear, minors, weapons and influence have few rows.
        - The contrast groups written for this project were not checked by native speakers; claims of a profession lean to dual-use in them, and question marks to benign. A claim in a prompt is no evidence.
        - A language that the tables do not name was not measured. The base knows some hundred languages; the fine-tuning knows sixteen.
        - Harmless words beside a harmful sentence can lower its score, though it was trained not to let them; ../../docs/evaluation.md has the shares. Encodings and look-alike letters are undone before it sees a text.
        - Its probabilities are calibrated together with the first stage's score, behind one certain first stage: another one needs another calibration, and a bundle that belongs to another does not load.
        - It is an int8 model. Another kind of processor rounds otherwise; the known texts in `vectors.jsonl` are checked at every start.
        """;

    public static string Write(
        string name, EncoderFolder folder, string firstStage, IReadOnlyList<Row> calibratedOn, (ClearingChoice Prompt, ClearingChoice Completion) clearing, Evaluation evaluation)
    {
        var card = new StringBuilder();
        card.AppendLine(CultureInfo.InvariantCulture, $"""
            # {name}: stage 2, a multilingual transformer encoder

            Sixteen heads (14 categories, `flagged`, `prohibited`) over a fine-tuned multilingual-e5-small: 12 layers, 384 wide, 71,331 pieces. {folder.Parts.Model.Length / 1e6:0.0} MB, dynamic int8 per channel, ONNX opset 17. It decides what stage 1 (`{firstStage}`) does not clear. A completion is judged together with the last {folder.Parts.Spec.ContextTokens} tokens of the prompt that it answers. This card is written by `calibrate`.

            Intended use: to tell benign, dual-use and prohibited text apart in front of a model API. Not for judging people.

            ## Where it comes from

            - Base: `intfloat/multilingual-e5-small` (MIT), its vocabulary cut to the pieces that occur in the data and all single characters.
            - Fine-tuning: all layers and the head, on the permissively licensed rows of the same research sets as stage 1 (its card lists them), share-alike left out, and on the contrast groups and disclosures written for this project (Apache-2.0). The embeddings are the base's. The upper four layers and the head once more, with benign source code, logs, configuration and encoded data among the rows (`training/border.py`: parts of Debian packages under permissive licences, and made texts).
            - Calibration, bands and the first stage's clearing thresholds: {calibratedOn.Count} rows of sources that neither stage was trained on. They are under non-commercial or unstated licences; nothing of their text is in the weights: three numbers per head and kind and six thresholds were fitted on them.

            | source | licence | rows |
            |---|---|---|
            """);
        foreach (var source in calibratedOn.GroupBy(static row => row.Source).OrderByDescending(static source => source.Count()))
        {
            card.AppendLine(CultureInfo.InvariantCulture, $"| {source.Key} | {source.First().License} | {source.Count()} |");
        }

        card.AppendLine(CultureInfo.InvariantCulture, $"""

            The weights are the mean of six runs of three epochs each (`training/final.json`: two learning rates, three seeds; three minutes on one H200), refined twice by one more epoch of the upper four layers (`training/refine.py`; twelve to eighteen minutes on two cores); of the six runs, the loss was weighted by source size to the power of -0.25, the contrast groups counted four times, harmless text was put around a third to a half of the texts and a seventh of them were respelt. ../../training/README.md says how that was chosen, by sources left out. `calibrate` makes this bundle of them (see ../README.md).

            {Limits}

            ## What stage 1 clears

            - Prompts {clearing.Prompt}.
            - Completions {clearing.Completion}.

            ## Figures

            "Sources that the model did not see" are the calibration rows: no weight was trained on them, but calibration and bands were, so their false holds are what was asked for, and their other figures a little flattered. On the development splits nothing was fitted, but the share of benign rows that may be held, and how the heads share one band, were chosen among a handful with their figures in sight; their permissive part comes from sources that the weights partly saw.

            *Calibration error*: the mean gap between the probability of `flagged` and the share of rows that is not benign, over 15 bins. A set of one topic, or with more or fewer benign rows than what was calibrated on, has a larger one, whatever its language.

            *False alarms* and *recall*: any head at or above its upper edge. *False holds* and *recall, held*: any head at or above its lower edge. Stage 1's clearing is not in these tables.

            """);
        card.Append(evaluation.ToMarkdown());
        return card.ToString();
    }
}
