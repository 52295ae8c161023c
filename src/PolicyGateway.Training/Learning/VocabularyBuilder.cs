using PolicyGateway.Classification.Ngram;
using PolicyGateway.Training.Data;

namespace PolicyGateway.Training.Learning;

/// <summary>Collects the n-grams that get a weight: those in at least two windows of the rows that may be trained on.</summary>
internal static class VocabularyBuilder
{
    public static Vocabulary Build(IEnumerable<Row> rows)
    {
        var spec = FeaturizerSpec.Current;
        var featurizer = new Featurizer(spec);
        var buffer = new FeatureBuffer(spec);
        var firstWindow = new Dictionary<ulong, int>();
        var repeated = new HashSet<ulong>();
        var window = 0;
        foreach (var row in rows)
        {
            var windows = new TextWindows(row.Text, spec.WindowCharacters, spec.WindowOverlap);
            while (windows.MoveNext())
            {
                window++;
                featurizer.Featurize(windows.Current, buffer);
                foreach (var hash in buffer.Hashes)
                {
                    if (!firstWindow.TryAdd(hash, window) && firstWindow[hash] != window)
                    {
                        repeated.Add(hash);
                    }
                }
            }
        }

        return Vocabulary.Build([.. repeated.Order()], spec.Slots);
    }
}
