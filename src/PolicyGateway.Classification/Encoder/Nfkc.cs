using System.Buffers;
using System.Collections.Frozen;
using System.IO.Compression;
using System.Text;

namespace PolicyGateway.Classification.Encoder;

/// <summary>
/// Unicode normalisation form KC (UAX #15), which the encoder's pieces were counted on. The framework's own needs ICU, and
/// the gateway runs without. The table is that of Unicode 14; training/unicode_tables.py writes it.
/// </summary>
internal static class Nfkc
{
    private const int HangulBase = 0xAC00;
    private const int LeadBase = 0x1100;
    private const int VowelBase = 0x1161;
    private const int TailBase = 0x11A7;
    private const int Leads = 19;
    private const int Vowels = 21;
    private const int Tails = 28;

    /// <summary>The first character that normalisation may touch: a no-break space.</summary>
    private const char FirstTouched = '\u00A0';

    private static readonly FrozenDictionary<int, byte> Classes;
    private static readonly FrozenDictionary<int, string> Decompositions;
    private static readonly FrozenDictionary<long, int> Compositions;

    /// <summary>A bit for each character that is not simply kept wherever it stands.</summary>
    private static readonly ulong[] Touched = new ulong[0x110000 / 64];

    static Nfkc()
    {
        using var file = typeof(Nfkc).Assembly.GetManifestResourceStream("PolicyGateway.Classification.Encoder.nfkc.bin.gz")!;
        using var reader = new BinaryReader(new GZipStream(file, CompressionMode.Decompress));
        var (classes, decompositions, compositions) = (new Dictionary<int, byte>(), new Dictionary<int, string>(), new Dictionary<long, int>());
        var (classCount, decompositionCount, compositionCount) = (reader.ReadInt32(), reader.ReadInt32(), reader.ReadInt32());
        for (var i = 0; i < classCount; i++)
        {
            classes.Add(Touch(reader.ReadInt32()), reader.ReadByte());
        }

        for (var i = 0; i < decompositionCount; i++)
        {
            var from = Touch(reader.ReadInt32());
            var units = new char[reader.ReadByte()];
            for (var unit = 0; unit < units.Length; unit++)
            {
                units[unit] = (char)reader.ReadUInt16();
            }

            decompositions.Add(from, new string(units));
        }

        for (var i = 0; i < compositionCount; i++)
        {
            compositions.Add(Pair(reader.ReadInt32(), Touch(reader.ReadInt32())), reader.ReadInt32());
        }

        for (var c = VowelBase; c < TailBase + Tails; c++)
        {
            Touch(c);
        }

        (Classes, Decompositions, Compositions) = (classes.ToFrozenDictionary(), decompositions.ToFrozenDictionary(), compositions.ToFrozenDictionary());
    }

    /// <summary>Whether the text is its own normal form for certain: nothing in it is touched.</summary>
    public static bool IsPlain(ReadOnlySpan<char> text)
    {
        if (!text.ContainsAnyExceptInRange('\0', (char)(FirstTouched - 1)))
        {
            return true;
        }

        foreach (var rune in text.EnumerateRunes())
        {
            if (IsTouched(rune.Value) || rune.Value == Rune.ReplacementChar.Value)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The normal form. A lone surrogate becomes U+FFFD. Time and memory grow with the text's length, times 18 at most.</summary>
    public static string Normalize(ReadOnlySpan<char> text)
    {
        if (IsPlain(text))
        {
            return text.ToString();
        }

        var decomposed = new List<int>(text.Length + 16);
        foreach (var rune in text.EnumerateRunes())
        {
            Decompose(rune.Value, decomposed);
        }

        Order(decomposed);
        return Compose(decomposed);
    }

    private static void Decompose(int character, List<int> to)
    {
        if (character - HangulBase is var syllable && syllable >= 0 && syllable < Leads * Vowels * Tails)
        {
            to.Add(LeadBase + (syllable / (Vowels * Tails)));
            to.Add(VowelBase + (syllable % (Vowels * Tails) / Tails));
            if (syllable % Tails is var tail and > 0)
            {
                to.Add(TailBase + tail);
            }
        }
        else if (IsTouched(character) && Decompositions.TryGetValue(character, out var parts))
        {
            foreach (var part in parts.EnumerateRunes())
            {
                to.Add(part.Value);
            }
        }
        else
        {
            to.Add(character);
        }
    }

    /// <summary>Sorts each run of marks by class, marks of one class staying in their order.</summary>
    private static void Order(List<int> characters)
    {
        for (var start = 0; start < characters.Count; start++)
        {
            if (ClassOf(characters[start]) == 0)
            {
                continue;
            }

            var end = start + 1;
            while (end < characters.Count && ClassOf(characters[end]) != 0)
            {
                end++;
            }

            if (end - start > 1)
            {
                var sorted = characters.GetRange(start, end - start).OrderBy(ClassOf).ToArray();
                for (var i = 0; i < sorted.Length; i++)
                {
                    characters[start + i] = sorted[i];
                }
            }

            start = end;
        }
    }

    private static string Compose(List<int> characters)
    {
        var (starter, lastClass, kept) = (-1, 0, 0);
        for (var i = 0; i < characters.Count; i++)
        {
            var character = characters[i];
            var itsClass = ClassOf(character);
            var isBlocked = starter < 0 || (kept > starter + 1 && (lastClass >= itsClass || lastClass == 0));
            if (!isBlocked && Compose(characters[starter], character) is { } composed)
            {
                characters[starter] = composed;
                continue;
            }

            if (itsClass == 0)
            {
                starter = kept;
            }

            lastClass = itsClass;
            characters[kept++] = character;
        }

        var text = new StringBuilder(kept + 16);
        for (var i = 0; i < kept; i++)
        {
            text.Append(new Rune(characters[i]));
        }

        return text.ToString();
    }

    private static int? Compose(int first, int second)
    {
        if (first - LeadBase is >= 0 and < Leads && second - VowelBase is >= 0 and < Vowels)
        {
            return HangulBase + ((((first - LeadBase) * Vowels) + second - VowelBase) * Tails);
        }

        if (first - HangulBase is >= 0 and < Leads * Vowels * Tails && (first - HangulBase) % Tails == 0 && second - TailBase is > 0 and < Tails)
        {
            return first + second - TailBase;
        }

        return Compositions.TryGetValue(Pair(first, second), out var composed) ? composed : null;
    }

    private static byte ClassOf(int character) => IsTouched(character) ? Classes.GetValueOrDefault(character) : (byte)0;

    private static bool IsTouched(int character) => (Touched[character >> 6] >> character & 1) != 0;

    private static int Touch(int character)
    {
        Touched[character >> 6] |= 1UL << character;
        return character;
    }

    private static long Pair(int first, int second) => ((long)first << 32) | (uint)second;
}
