using PolicyGateway.Classification.Ngram;
using PolicyGateway.Training.Data;

namespace PolicyGateway.Training.Learning;

/// <summary>Rows as features: one instance per window, cut and hashed by the code that serves.</summary>
internal sealed class Instances
{
    private readonly List<int> _ids = [];
    private readonly List<int> _starts = [0];
    private readonly List<int> _rowOf = [];

    public Instances(IReadOnlyList<Row> rows, Vocabulary vocabulary)
    {
        Rows = rows;
        var spec = FeaturizerSpec.Current;
        var featurizer = new Featurizer(spec);
        var buffer = new FeatureBuffer(spec);
        FirstOfRow = new int[rows.Count + 1];
        for (var row = 0; row < rows.Count; row++)
        {
            var windows = new TextWindows(rows[row].Text, spec.WindowCharacters, spec.WindowOverlap);
            while (windows.MoveNext())
            {
                featurizer.Featurize(windows.Current, buffer);
                buffer.Resolve(vocabulary);
                _ids.AddRange(buffer.Features);
                _starts.Add(_ids.Count);
                _rowOf.Add(row);
            }

            FirstOfRow[row + 1] = _rowOf.Count;
        }
    }

    public IReadOnlyList<Row> Rows { get; }

    public int Count => _rowOf.Count;

    /// <summary>Instances of row r are those from FirstOfRow[r] up to FirstOfRow[r + 1].</summary>
    public int[] FirstOfRow { get; }

    public int RowOf(int instance) => _rowOf[instance];

    public ReadOnlySpan<int> Features(int instance) =>
        System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_ids)[_starts[instance].._starts[instance + 1]];
}
