using System.Security.Cryptography;
using System.Text;

namespace PolicyGateway.Classification.Ngram;

/// <summary>
/// What the featurizer does, as pinned by a bundle. Weights are meaningless under any other spec,
/// so a bundle whose hash differs from the code's does not load.
/// </summary>
/// <param name="Version">Raised with every change of normalisation, words, hashing or windows.</param>
/// <param name="Buckets">Rows of the weight table, a power of two.</param>
/// <param name="WordMax">Longest word n-gram.</param>
/// <param name="CharMin">Shortest character n-gram inside a word, its boundaries included.</param>
/// <param name="CharMax">Longest character n-gram inside a word.</param>
/// <param name="IdeographMax">Longest character n-gram in scripts that are written without spaces.</param>
/// <param name="WindowCharacters">Length of a window, in UTF-16 characters.</param>
/// <param name="WindowOverlap">Characters that two neighbouring windows share.</param>
/// <param name="Seed">Start value of every hash.</param>
internal sealed record FeaturizerSpec(
    int Version,
    int Buckets,
    int WordMax,
    int CharMin,
    int CharMax,
    int IdeographMax,
    int WindowCharacters,
    int WindowOverlap,
    ulong Seed)
{
    /// <summary>The only spec this code speaks.</summary>
    public static FeaturizerSpec Current { get; } = new(
        Version: 1,
        Buckets: 1 << 20,
        WordMax: 2,
        CharMin: 4,
        CharMax: 4,
        IdeographMax: 3,
        WindowCharacters: 2000,
        WindowOverlap: 500,
        Seed: 0x9E3779B97F4A7C15);

    /// <summary>A stable fingerprint over the fields, in the order and spelling below.</summary>
    public string Hash()
    {
        var canonical = FormattableString.Invariant(
            $"v{Version};buckets={Buckets};word={WordMax};char={CharMin}-{CharMax};ideograph={IdeographMax};window={WindowCharacters}/{WindowOverlap};seed={Seed:x16}");
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(canonical)));
    }
}
