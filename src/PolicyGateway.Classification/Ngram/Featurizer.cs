namespace PolicyGateway.Classification.Ngram;

/// <summary>
/// A window of text to the hashes of its word and character n-grams. Four UTF-16 characters are exactly one 64-bit word,
/// so that a character n-gram is a mask and a multiplication. Stateless; the buffer belongs to the caller.
/// </summary>
internal sealed class Featurizer(FeaturizerSpec spec)
{
    private const ulong Golden = 0x9E3779B97F4A7C15;
    private const ulong WordPrime = 0x00000100000001B3;
    private const ulong BigramPrime = 0xC2B2AE3D27D4EB4F;
    private const ulong ThreeCharacters = 0x0000FFFFFFFFFFFF;

    private readonly ulong _seed = spec.Seed;

    /// <summary>Replaces the buffer's hashes by those of <paramref name="window"/>, which must be no longer than the spec's window.</summary>
    public void Featurize(ReadOnlySpan<char> window, FeatureBuffer buffer)
    {
        buffer.Clear();
        var length = TextNormalizer.Normalize(window, buffer.Characters);
        var text = buffer.Characters.AsSpan(0, length);
        var previous = 0UL;
        var start = 0;
        while (start < length - 1)
        {
            // From the space before a word to the one behind it: a word's edges are part of its n-grams.
            var end = start + 1 + text[(start + 1)..].IndexOf(' ');
            previous = TextNormalizer.IsIdeograph(text[start + 1])
                ? AddIdeographs(text[(start + 1)..end], buffer)
                : AddWord(text[start..(end + 1)], previous, buffer);
            start = end;
        }
    }

    private ulong AddWord(ReadOnlySpan<char> word, ulong previous, FeatureBuffer buffer)
    {
        var hash = _seed;
        var rolling = (ulong)word[0];
        for (var i = 1; i < word.Length; i++)
        {
            hash = (hash ^ word[i]) * WordPrime;
            rolling = (rolling << 16) | word[i];
            if (i >= 3)
            {
                buffer.Add(Mix(rolling + _seed));
            }
        }

        buffer.Add(Mix(hash));
        buffer.Add(Mix(hash + (previous * BigramPrime)));
        return hash;
    }

    private ulong AddIdeographs(ReadOnlySpan<char> run, FeatureBuffer buffer)
    {
        var rolling = 0UL;
        for (var i = 0; i < run.Length; i++)
        {
            rolling = (rolling << 16) | run[i];
            buffer.Add(Mix((rolling & 0xFFFF) ^ _seed));
            if (i >= 1)
            {
                buffer.Add(Mix((rolling & 0xFFFFFFFF) ^ _seed));
            }

            if (i >= 2)
            {
                buffer.Add(Mix((rolling & ThreeCharacters) ^ _seed));
            }
        }

        return 0;
    }

    /// <summary>Spreads a packed n-gram over all 64 bits: slot and fingerprint are cut from different ones.</summary>
    private static ulong Mix(ulong packed)
    {
        packed ^= packed >> 29;
        packed *= Golden;
        packed ^= packed >> 32;
        return packed * Golden;
    }
}
