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
        Count = 0;
        foreach (var hash in Hashes)
        {
            var id = vocabulary.Find(hash);
            if (id >= 0 && (_seen[id >> 6] & (1UL << id)) == 0)
            {
                _seen[id >> 6] |= 1UL << id;
                Ids[Count++] = id;
            }
        }

        foreach (var id in Features)
        {
            _seen[id >> 6] = 0;
        }
    }
}
