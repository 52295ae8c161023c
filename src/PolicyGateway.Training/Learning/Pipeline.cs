using PolicyGateway.Classification.Ngram;
using PolicyGateway.Training.Data;
using PolicyGateway.Training.Evaluating;

namespace PolicyGateway.Training.Learning;

/// <summary>
/// The whole of training: score every row by a model that did not see its source, calibrate and choose bands on
/// those scores, then train the weights that ship on all admitted rows.
/// </summary>
internal sealed class Pipeline(Corpus corpus, RowFilter filter, Hyperparameters parameters, Action<string> progress)
{
    private readonly int _slots = FeaturizerSpec.Current.Slots;

    public (TrainingRun Run, LinearModel Model, Vocabulary Vocabulary) Train()
    {
        progress("reading features");
        var vocabulary = VocabularyBuilder.Build(corpus.Train.Where(row => Corpus.Admits(filter, row)));
        var instances = new Instances(corpus.Train, vocabulary);
        var calibration = FitCalibration(instances);
        var logits = CrossFit.Score(instances, corpus.SourceFold, filter, parameters, _slots, progress);
        var unseen = Calibrate(corpus.Train, logits, calibration);
        var bands = ThresholdChoice.Choose(corpus.Train, [.. unseen.Select(row => row.Probabilities)]);
        progress("training the weights that ship");
        var model = AdaGradTrainer.Train(instances, parameters, _slots, row => Corpus.Admits(filter, row), progress);

        var development = new Instances(corpus.Development, vocabulary);
        var developed = Calibrate(
            corpus.Development,
            [.. Enumerable.Range(0, corpus.Development.Count).Select(row => model.ScoreRow(development, row))],
            calibration);
        var evaluation = new Evaluation(
            HeadReport.All(unseen, bands),
            GroupReport.By(row => row.Row.Source, unseen, bands),
            GroupReport.By(row => row.Row.Language, unseen, bands),
            Reports.Development(developed, bands));
        var sources = corpus.Train
            .Where(row => Corpus.Admits(filter, row))
            .GroupBy(row => row.Source)
            .Select(group => new SourceCount(group.Key, group.First().License, group.Count()))
            .OrderByDescending(source => source.Rows);
        return (new TrainingRun(parameters, filter, [.. sources], calibration.Prompt, calibration.Completion, bands, evaluation), model, vocabulary);
    }

    /// <summary>On new rows of known sources: with whole sources left out, a head whose rows come from one source has nothing to calibrate.</summary>
    private Calibration FitCalibration(Instances instances)
    {
        var logits = CrossFit.Score(instances, Corpus.RowFold, filter, parameters, _slots, progress);
        var admitted = Enumerable.Range(0, logits.Length).Where(i => Corpus.Admits(filter, corpus.Train[i])).ToArray();
        return PlattFit.Fit([.. admitted.Select(i => corpus.Train[i])], [.. admitted.Select(i => logits[i])]);
    }

    private static List<Scored> Calibrate(IReadOnlyList<Row> rows, float[][] logits, Calibration calibration)
    {
        var scored = new List<Scored>(rows.Count);
        for (var i = 0; i < rows.Count; i++)
        {
            var probabilities = (float[])logits[i].Clone();
            calibration.Apply(rows[i].Kind, probabilities);
            scored.Add(new Scored(rows[i], probabilities));
        }

        return scored;
    }
}
