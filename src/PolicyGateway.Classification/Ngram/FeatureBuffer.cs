namespace PolicyGateway.Classification.Ngram;

/// <summary>
/// The memory of one lane: the normalised characters and the distinct feature ids of one window.
/// Not thread-safe; one lane owns it and reuses it, which is why featurizing allocates nothing.
/// </summary>
internal sealed class FeatureBuffer
{
    private readonly ulong[] _seen;

    public FeatureBuffer(FeaturizerSpec spec)
    {
        Characters = new char[TextNormalizer.MaxLength(spec.WindowCharacters)];
        // A character starts at most IdeographMax or (CharMax - CharMin + 1) n-grams, and two words need three characters.
        Ids = GC.AllocateUninitializedArray<int>(4 * Characters.Length, pinned: true);
        _seen = new ulong[spec.Buckets / 64];
    }

    public char[] Characters { get; }

    /// <summary>Pinned, because the runtime reads the ids in place.</summary>
    public int[] Ids { get; }

    public int Count { get; private set; }

    public ReadOnlySpan<int> Features => Ids.AsSpan(0, Count);

    public void Add(int id)
    {
        // 32 KB of bits stay in the first-level cache; each feature counts once however often it occurs.
        ref var word = ref _seen[id >> 6];
        var bit = 1UL << (id & 63);
        if ((word & bit) == 0)
        {
            word |= bit;
            Ids[Count++] = id;
        }
    }

    public void Clear()
    {
        foreach (var id in Features)
        {
            _seen[id >> 6] = 0;
        }

        Count = 0;
    }
}
