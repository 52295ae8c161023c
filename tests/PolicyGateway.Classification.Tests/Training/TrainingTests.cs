using PolicyGateway.Classification.Evaluation;
using PolicyGateway.Classification.Ngram;
using PolicyGateway.Training.Data;
using PolicyGateway.Training.Learning;

namespace PolicyGateway.Classification.Tests.Training;

/// <summary>Trains on a few dozen contrast groups: enough to beat chance on others, and to be repeatable.</summary>
public sealed class TrainingTests
{
    private static readonly List<Row> Rows = RowReader.Read(Shipped.ReferenceTexts);
    private static readonly Vocabulary Vocabulary = VocabularyBuilder.Build(Rows);
    private static readonly Instances Instances = new(Rows, Vocabulary);

    [Fact]
    public void It_beats_chance_on_contrast_groups_that_it_did_not_see()
    {
        var logits = CrossFit.Score(Instances, Corpus.RowFold, RowFilter.Permissive, new Hyperparameters(), Vocabulary.Slots, _ => { });

        var auc = Metrics.Auc(logits.Zip(Rows).Select(pair => (pair.First[LabelMap.FlaggedIndex], !pair.Second.IsBenign)));

        Assert.InRange(auc, 0.55, 1);
    }

    [Fact]
    public void The_same_seed_gives_the_same_bits_and_another_seed_others()
    {
        Assert.Equal(Train(seed: 1), Train(seed: 1));
        Assert.NotEqual(Train(seed: 1), Train(seed: 2));
    }

    [Fact]
    public void A_vocabulary_does_not_depend_on_the_order_of_rows()
    {
        Assert.Equal(Vocabulary.ToBytes(), VocabularyBuilder.Build(Rows.AsEnumerable().Reverse()).ToBytes());
    }

    [Fact]
    public void Calibration_turns_logits_into_shares()
    {
        // Of the rows at logit 0 a quarter is true, of those at logit 2 three quarters.
        Row[] kinds = [.. Rows.Where(row => row.IsBenign).Take(1), .. Rows.Where(row => !row.IsBenign).Take(1)];
        var rows = Enumerable.Range(0, 800).Select(i => kinds[i % 4 == 0 ^ i >= 400 ? 1 : 0] with { Kind = TextKind.Prompt }).ToArray();
        var logits = Enumerable.Range(0, 800).Select(i => Enumerable.Repeat(i < 400 ? 0f : 2f, LabelMap.HeadCount).ToArray()).ToArray();

        var probabilities = new float[] { 0, 2 }.Select(logit =>
        {
            var values = Enumerable.Repeat(logit, LabelMap.HeadCount).ToArray();
            PlattFit.Fit(rows, logits).Apply(TextKind.Prompt, values);
            return values[LabelMap.FlaggedIndex];
        }).ToArray();

        Assert.Equal(0.25, probabilities[0], 0.01);
        Assert.Equal(0.75, probabilities[1], 0.01);
    }

    [Fact]
    public void An_area_under_the_curve_counts_ties_half()
    {
        Assert.Equal(1, Metrics.Auc([(0.1f, false), (0.9f, true)]));
        Assert.Equal(0.5, Metrics.Auc([(0.5f, false), (0.5f, true)]));
        Assert.Equal(0.875, Metrics.Auc([(0.1f, false), (0.5f, false), (0.5f, true), (0.9f, true)]));
        Assert.True(double.IsNaN(Metrics.Auc([(0.5f, true)])));
    }

    [Fact]
    public void Written_rows_of_one_contrast_group_are_never_parted()
    {
        var folds = Rows.GroupBy(row => row.Pair).Select(group => group.Select(Corpus.RowFold).Distinct().Count());

        Assert.All(folds, count => Assert.Equal(1, count));
    }

    [Fact]
    public void The_share_alike_source_does_not_ship()
    {
        Assert.False(Corpus.Admits(RowFilter.Permissive, Rows[0] with { Source = "xquad" }));
        Assert.False(Corpus.Admits(RowFilter.Permissive, Rows[0] with { Permissive = false }));
        Assert.True(Corpus.Admits(RowFilter.Permissive, Rows[0]));
    }

    private static float[] Train(int seed) =>
        AdaGradTrainer.Train(Instances, new Hyperparameters(Epochs: 2, Dropout: 0.2f, Seed: seed), Vocabulary.Slots, _ => true, _ => { }).Weights;
}
