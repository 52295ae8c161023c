using System.Security.Cryptography;
using System.Text;

namespace PolicyGateway.Classification.Ngram;

/// <summary>
/// What the featurizer does, as pinned by a bundle. Weights are meaningless under any other spec,
/// so a bundle whose hash differs from the code's does not load.
/// </summary>
/// <param name="Version">Raised with every change of normalisation, words, hashing or windows.</param>
/// <param name="Slots">Slots of the vocabulary and rows of the weight table, a power of two.</param>
/// <param name="WordMax">Longest word n-gram.</param>
/// <param name="CharMin">Shortest character n-gram inside a word, its boundaries included.</param>
/// <param name="CharMax">Longest character n-gram inside a word.</param>
/// <param name="IdeographMax">Longest character n-gram in scripts that are written without spaces.</param>
/// <param name="WindowCharacters">Length of a window, in UTF-16 characters.</param>
/// <param name="WindowOverlap">Characters that two neighbouring windows share.</param>
/// <param name="LengthOffset">Added to the number of features before the root is taken that sums are divided by: a greeting of five features proves little.</param>
/// <param name="Seed">Start value of every hash.</param>
internal sealed record FeaturizerSpec(
    int Version,
    int Slots,
    int WordMax,
    int CharMin,
    int CharMax,
    int IdeographMax,
    int WindowCharacters,
    int WindowOverlap,
    int LengthOffset,
    ulong Seed)
{
    /// <summary>The only spec this code speaks.</summary>
    public static FeaturizerSpec Current { get; } = new(
        Version: 1,
        Slots: 1 << 19,
        WordMax: 2,
        CharMin: 4,
        CharMax: 4,
        IdeographMax: 3,
        WindowCharacters: 2000,
        WindowOverlap: 500,
        LengthOffset: 10,
        Seed: 0x9E3779B97F4A7C15);

    /// <summary>What the sum of so many weights is multiplied by.</summary>
    public float ScaleOf(int features) => 1f / MathF.Sqrt(features + LengthOffset);

    /// <summary>A stable fingerprint over the fields, in the order and spelling below.</summary>
    public string Hash()
    {
        var canonical = FormattableString.Invariant(
            $"v{Version};slots={Slots};word={WordMax};char={CharMin}-{CharMax};ideograph={IdeographMax};window={WindowCharacters}/{WindowOverlap};offset={LengthOffset};seed={Seed:x16}");
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(canonical)));
    }
}
