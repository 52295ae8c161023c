using System.Runtime.InteropServices;
using PolicyGateway.Classification.Ngram;
using PolicyGateway.Training.Data;

namespace PolicyGateway.Training.Learning;

/// <summary>
/// Collects the n-grams that get a weight: those in at least two windows of the rows that may be trained on,
/// or in more where those do not fit.
/// </summary>
internal static class VocabularyBuilder
{
    private const int FewestWindows = 2;

    public static Vocabulary Build(IEnumerable<Row> rows)
    {
        var slots = FeaturizerSpec.Current.Slots;
        var counts = CountWindows(rows);
        var fewest = FewestWindows;
        while (counts.Values.Count(count => count.Windows >= fewest) > Vocabulary.Capacity(slots))
        {
            fewest++;
        }

        return Vocabulary.Build([.. counts.Where(pair => pair.Value.Windows >= fewest).Select(pair => pair.Key).Order()], slots);
    }

    private static Dictionary<ulong, (int Windows, int Last)> CountWindows(IEnumerable<Row> rows)
    {
        var spec = FeaturizerSpec.Current;
        var featurizer = new Featurizer(spec);
        var buffer = new FeatureBuffer(spec);
        var counts = new Dictionary<ulong, (int Windows, int Last)>();
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
                    ref var count = ref CollectionsMarshal.GetValueRefOrAddDefault(counts, hash, out _);
                    if (count.Last != window)
                    {
                        count = (count.Windows + 1, window);
                    }
                }
            }
        }

        return counts;
    }
}
