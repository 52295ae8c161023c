namespace PolicyGateway.Classification.Ngram;

/// <summary>
/// The memory of one lane: the normalised characters, n-gram hashes and feature ids of one window.
/// Not thread-safe; one lane owns it and reuses it, which is why featurizing allocates nothing.
/// </summary>
internal sealed class FeatureBuffer
{
    private readonly ulong[] _hashes;
    private readonly ulong[] _seen;
    private int _hashCount;

    public FeatureBuffer(FeaturizerSpec spec)
    {
        Characters = new char[TextNormalizer.MaxLength(spec.WindowCharacters)];
        // A character starts at most three n-grams in any script, and a word adds two for at least two characters.
        _hashes = new ulong[4 * Characters.Length];
        Ids = GC.AllocateUninitializedArray<int>(_hashes.Length, pinned: true);
        _seen = new ulong[spec.Slots / 64];
    }

    public char[] Characters { get; }

    /// <summary>Pinned, because the runtime reads the ids in place.</summary>
    public int[] Ids { get; }

    public int Count { get; private set; }

    /// <summary>The n-grams of the window, repeated as they occur.</summary>
    public ReadOnlySpan<ulong> Hashes => _hashes.AsSpan(0, _hashCount);

    /// <summary>The ids of the n-grams that have a weight, each once.</summary>
    public ReadOnlySpan<int> Features => Ids.AsSpan(0, Count);

    public void Add(ulong hash) => _hashes[_hashCount++] = hash;

    public void Clear() => _hashCount = 0;

    /// <summary>Looks the hashes up. Each feature counts once however often it occurs.</summary>
    public void Resolve(Vocabulary vocabulary)
    {
        // Two loops without a branch: whether an n-gram is known, and whether it is new, is a coin toss that no processor
        // predicts, and each loop alone keeps more reads of memory under way than both in one.
        var (ids, seen) = (Ids, _seen);
        var known = 0;
        foreach (var hash in Hashes)
        {
            var id = vocabulary.Find(hash);
            ids[known] = id;
            known += ~id >>> 31;
        }

        var count = 0;
        foreach (var id in ids.AsSpan(0, known))
        {
            ref var word = ref seen[id >> 6];
            var isNew = ~(word >> id) & 1;
            word |= 1UL << id;
            ids[count] = id;
            count += (int)isNew;
        }

        foreach (var id in ids.AsSpan(0, count))
        {
            seen[id >> 6] = 0;
        }

        Count = count;
    }
}
