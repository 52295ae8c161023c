using Microsoft.ML.OnnxRuntime;

namespace PolicyGateway.Classification.Onnx;

/// <summary>
/// One lane's standing arrangement with the runtime: pinned buffers, bound once per length bucket, so that a run is
/// one native call without a managed allocation. Not thread-safe.
/// </summary>
internal sealed class NgramBinding : IDisposable
{
    // Every new shape costs the runtime memory, so lengths are rounded up, by at most an eighth or sixteen; the padding row is zero.
    private const int SmallestBucket = 32;

    private readonly InferenceSession _session;
    private readonly RunOptions _runOptions = new();
    private readonly int[] _ids;
    private readonly int _paddingId;
    private readonly float[] _scale = GC.AllocateArray<float>(1, pinned: true);
    private readonly float[] _logits = GC.AllocateArray<float>(LabelMap.HeadCount, pinned: true);
    private readonly List<IDisposable> _owned = [];
    private readonly int[] _lengths;
    private readonly OrtIoBinding[] _bindings;

    /// <param name="session">The shared session.</param>
    /// <param name="ids">The pinned array that the features are written to.</param>
    /// <param name="paddingId">The id of the table's zero row.</param>
    public NgramBinding(NgramSession session, int[] ids, int paddingId)
    {
        _session = session.Session;
        _ids = ids;
        _paddingId = paddingId;
        _lengths = [.. BucketLengths(ids.Length)];
        var scale = Own(OrtValue.CreateTensorValueFromMemory(_scale, [1]));
        var logits = Own(OrtValue.CreateTensorValueFromMemory(_logits, [1, LabelMap.HeadCount]));
        var counts = GC.AllocateArray<byte>(ids.Length, pinned: true);
        counts.AsSpan().Fill(1); // each feature counts once
        _bindings = new OrtIoBinding[_lengths.Length];
        for (var i = 0; i < _bindings.Length; i++)
        {
            var input = Own(OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, ids.AsMemory(0, _lengths[i]), [_lengths[i]]));
            _bindings[i] = Own(_session.CreateIoBinding());
            _bindings[i].BindInput(NgramSession.Ids, input);
            _bindings[i].BindInput(NgramSession.Counts, Own(OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, counts.AsMemory(0, _lengths[i]), [1, _lengths[i]])));
            _bindings[i].BindInput(NgramSession.Scale, scale);
            _bindings[i].BindOutput(NgramSession.Logits, logits);
        }
    }

    /// <summary>Scores the first <paramref name="count"/> ids, their sum times <paramref name="scale"/>. The result is valid until the next run.</summary>
    /// <exception cref="OnnxRuntimeException">The runtime failed.</exception>
    public ReadOnlySpan<float> Run(int count, float scale)
    {
        var bucket = Array.BinarySearch(_lengths, Math.Max(count, 1));
        bucket = bucket < 0 ? ~bucket : bucket;
        _ids.AsSpan(count, _lengths[bucket] - count).Fill(_paddingId);
        _scale[0] = scale;
        _session.RunWithBinding(_runOptions, _bindings[bucket]);
        return _logits;
    }

    public void Dispose()
    {
        // Bindings before the values they refer to.
        for (var i = _owned.Count - 1; i >= 0; i--)
        {
            _owned[i].Dispose();
        }

        _runOptions.Dispose();
    }

    private static IEnumerable<int> BucketLengths(int longest)
    {
        for (var length = SmallestBucket; length < longest; length += Math.Max(SmallestBucket / 2, length / 8 / 16 * 16))
        {
            yield return length;
        }

        yield return longest;
    }

    private T Own<T>(T value)
        where T : IDisposable
    {
        _owned.Add(value);
        return value;
    }
}
