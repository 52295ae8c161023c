using System.Runtime.Intrinsics;
using PolicyGateway.Classification;
using PolicyGateway.Classification.Ngram;
using PolicyGateway.Training.Data;

namespace PolicyGateway.Training.Learning;

/// <summary>
/// Sixteen logistic regressions at once by AdaGrad, one row at a time. One thread and elementwise vectors:
/// the same seed gives the same bits. Models are independent, so that several may train side by side.
/// </summary>
internal sealed class AdaGradTrainer
{
    private const int Heads = LinearModel.Heads;

    private readonly Hyperparameters _parameters;
    private readonly Instances _instances;
    private readonly LinearModel _model;
    private readonly float[] _squares;
    private readonly float[] _bias = new float[2 * Heads];
    private readonly float[] _biasSquares = new float[2 * Heads];
    private readonly float[] _gradient = new float[Heads];
    private readonly float[] _logits = new float[Heads];
    private readonly Random _random;
    private int[] _kept = new int[1024];

    private AdaGradTrainer(Instances instances, Hyperparameters parameters, int slots)
    {
        _instances = instances;
        _parameters = parameters;
        _model = new LinearModel(slots);
        _squares = new float[slots * Heads];
        Array.Fill(_squares, parameters.Damping);
        _random = new Random(parameters.Seed);
    }

    /// <summary>Trains on the instances whose rows <paramref name="use"/> admits.</summary>
    public static LinearModel Train(Instances instances, Hyperparameters parameters, int slots, Func<Row, bool> use, Action<string> progress)
    {
        var trainer = new AdaGradTrainer(instances, parameters, slots);
        var order = Enumerable.Range(0, instances.Count).Where(i => use(instances.Rows[instances.RowOf(i)])).ToArray();
        var weights = trainer.WeighRows(order);
        trainer.StartFromPrior(order, weights);
        for (var epoch = 0; epoch < parameters.Epochs; epoch++)
        {
            trainer._random.Shuffle(order);
            var loss = 0.0;
            foreach (var instance in order)
            {
                loss += trainer.Step(instance, weights[instances.RowOf(instance)]);
            }

            progress(FormattableString.Invariant($"epoch {epoch + 1}/{parameters.Epochs}, {order.Length} windows, mean loss {loss / order.Length:0.0000}"));
        }

        return trainer._model;
    }

    /// <summary>Large sources must not drown small ones: what counts is how a model does on sources it has never seen.</summary>
    private float[] WeighRows(int[] order)
    {
        var rows = order.Select(_instances.RowOf).Distinct().ToArray();
        var sizes = rows.CountBy(row => _instances.Rows[row].Source).ToDictionary();
        var weights = new float[_instances.Rows.Count];
        foreach (var row in rows)
        {
            var written = _instances.Rows[row].IsWritten ? _parameters.WrittenWeight : 1f;
            weights[row] = written * MathF.Pow(sizes[_instances.Rows[row].Source], -_parameters.SourceExponent);
        }

        var mean = rows.Average(row => weights[row]);
        foreach (var row in rows)
        {
            // A row's windows share its weight.
            weights[row] /= mean * (_instances.FirstOfRow[row + 1] - _instances.FirstOfRow[row]);
        }

        return weights;
    }

    /// <summary>
    /// Starts from each head's share of the rows. Otherwise the weights of harmless words carry the rarity of a head
    /// between them, and a text of unknown words scores as high as an even bet.
    /// </summary>
    private void StartFromPrior(int[] order, float[] weights)
    {
        for (var at = 0; at < _bias.Length; at++)
        {
            var kind = at < Heads ? TextKind.Prompt : TextKind.Completion;
            double all = 1, positive = 0.01;
            foreach (var instance in order)
            {
                var row = _instances.Rows[_instances.RowOf(instance)];
                if (row.Kind == kind)
                {
                    all += weights[_instances.RowOf(instance)];
                    positive += row.IsTrue(at % Heads) ? weights[_instances.RowOf(instance)] : 0;
                }
            }

            _bias[at] = (float)Math.Log(positive / (all - positive));
        }
    }

    private double Step(int instance, float weight)
    {
        var row = _instances.Rows[_instances.RowOf(instance)];
        var kept = Thin(_instances.Features(instance));
        _model.Score(kept, _logits);
        var loss = 0.0;
        var bias = row.Kind == TextKind.Prompt ? 0 : Heads;
        for (var head = 0; head < Heads; head++)
        {
            var p = 1f / (1f + MathF.Exp(-(_logits[head] + _bias[bias + head])));
            var truth = row.IsTrue(head);
            loss -= Math.Log(Math.Max(truth ? p : 1f - p, 1e-7f));
            var gradient = weight * (p - (truth ? 1f : 0f));
            _gradient[head] = gradient;
            _biasSquares[bias + head] += gradient * gradient;
            _bias[bias + head] -= _parameters.Rate * gradient / (MathF.Sqrt(_biasSquares[bias + head]) + 1e-6f);
        }

        Update(kept);
        return loss * weight;
    }

    private void Update(ReadOnlySpan<int> ids)
    {
        var scale = FeaturizerSpec.Current.ScaleOf(ids.Length);
        var low = Vector256.Create(_gradient.AsSpan()) * scale;
        var high = Vector256.Create(_gradient.AsSpan(8)) * scale;
        foreach (var id in ids)
        {
            UpdateEight(id * Heads, low);
            UpdateEight((id * Heads) + 8, high);
        }
    }

    private void UpdateEight(int at, Vector256<float> gradient)
    {
        var weights = _model.Weights.AsSpan(at, 8);
        var squares = _squares.AsSpan(at, 8);
        var weight = Vector256.Create(weights);
        var square = Vector256.Create(squares) + (gradient * gradient);
        square.CopyTo(squares);
        (weight - (gradient * _parameters.Rate / Vector256.Sqrt(square))).CopyTo(weights);
    }

    private ReadOnlySpan<int> Thin(ReadOnlySpan<int> ids)
    {
        if (_kept.Length < ids.Length)
        {
            _kept = new int[ids.Length];
        }

        var count = 0;
        var threshold = (int)(_parameters.Dropout * int.MaxValue);
        foreach (var id in ids)
        {
            if (threshold == 0 || _random.Next() >= threshold)
            {
                _kept[count++] = id;
            }
        }

        return _kept.AsSpan(0, count);
    }
}
