using System.Runtime.CompilerServices;

namespace PolicyGateway.Classification.Views;

/// <summary>
/// How common it is, in languages written in Latin letters, that one letter follows another inside a word. The counts are
/// from ordinary text and word lists of some twenty languages and from all pinyin syllables, English weighing a fifth.
/// </summary>
internal static class Bigrams
{
    /// <summary>The index of a word's edge; letters are 1 to 26.</summary>
    public const int Edge = 0;

    // Row: the letter before, column: the letter after, both "edge, a, b, .., z". Eighths of -log p, counted from '#'.
    private const string Table =
        "k8<:9<>@?<H<>;=>9L<78A@BSHE"
        + "4KB=>IFAK>LA6<2HB[586B@PYFI"
        + "E1DOO0WYT2KU7VK4V[8CM6RR\\>W"
        + "<2\\EX3__13W<CTN4Z\\AD<;Q`[HG"
        + "34PTI.URJ1RHFNG6Rb>AK8IRbII"
        + "0BH?>JJBNAGA:=2KDS36:GFMKLF"
        + "63SRO4=PT1QQ=TP2UX8I?7QUXKU"
        + "13STM1TE@4SM>J?8SY8@H8SPYES"
        + "6/USS/XYV2MTELF4VZBNB9LQZEW"
        + "5:H;?8E?RPH?;?1;GS>69GBSRPC"
        + "@/LIE0KLN7NGDJF3MNK>G3KNNMK"
        + "34JJI2LJ?4JF>I@7LN?;?:HJMBM"
        + "61LKA1NLM1HI9HJ7M[XAA:JW`@W"
        + "50>RN0NVT3SPH?J5:cMCL:RR`GV"
        + "16U>76H5G5LFKNF<WWT;6CK[ZAN"
        + "5GCA?I@@NDHA8;1G?Y39<=>BRMF"
        + ";2WPT2PU@7VS8OO3?_2B?;SX\\K["
        + "?>DEECEEE?EE@DECDEDEC(DDEEE"
        + "42IGA0OFQ3XFFA@5L^F>?;IVcEH"
        + ".9P>T6NT<5P>DDJ;@VQ=3<LRfIC"
        + "33UTY1WV91SMFLK6Wh8AB;LO\\EN"
        + "7<B>>;GAL=F?6;5B@^567PINUJE"
        + "=/RPO,SQT0QPERI6TVDHQ@QXWDS"
        + "90FCG4FH92HF?G@:GHB?C@GDHCG"
        + "56G=F7BGE3GECDF<6GFE8<DG??G"
        + ".6DAA8JBJ=KB?@>7@M@8?>FHLMI"
        + "8/ILD0PHA3OICFE6NRLLH;IGRC>";

    private static readonly float[] LogProbabilities = Read();

    /// <summary>Log of the probability that the second letter follows the first; 0 between two words.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float LogProbability(int before, int after) => LogProbabilities[(before << 5) | after];

    /// <summary>1 to 26 for a Latin letter in either case and with any accent, else <see cref="Edge"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int IndexOf(char c)
    {
        var letter = (c | 0x20) - 'a';
        return c >= 0x80 ? IndexBeyondAscii(c) : (uint)letter < 26 ? letter + 1 : Edge;
    }

    private static int IndexBeyondAscii(char c)
    {
        if (c >= 0x250 && c is < '\u1e00' or > '\u1eff')
        {
            return Edge;
        }

        var folded = Ngram.CharacterFolds.Fold(c);
        return folded is >= 'a' and <= 'z' ? folded - 'a' + 1 : Edge;
    }

    private static float[] Read()
    {
        var values = new float[27 << 5];
        for (var i = 1; i < Table.Length; i++)
        {
            values[((i / 27) << 5) | (i % 27)] = (Table[i] - '#') / -8f;
        }

        return values;
    }
}
