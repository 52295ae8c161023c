using System.Collections.Frozen;
using System.IO.Compression;

namespace PolicyGateway.Classification.Views;

/// <summary>
/// Letters without spaces to the likeliest words: what is spelled letter by letter often has the same space between letters and
/// between words. The words, and how common they are, were counted over texts that may ship (<c>PolicyGateway.Training words</c>).
/// </summary>
internal static class JoinedWords
{
    private const int LongestWord = 20;

    // Eighths of -log p: of an unknown word and of each of its letters, and of "a" and "I".
    private const int UnknownWord = 60;
    private const int UnknownLetter = 26;
    private const int OneLetterWord = 40;

    // Loaded when the first text needs it: most gateways' texts never do.
    private static readonly Lazy<FrozenDictionary<string, byte>> Words = new(Load);

    /// <summary>Whether a word, in small ASCII letters, is in the list.</summary>
    public static bool Contains(ReadOnlySpan<char> word) => Words.Value.GetAlternateLookup<ReadOnlySpan<char>>().ContainsKey(word);

    /// <summary>How unlikely a word is, in small ASCII letters: eighths of -log p.</summary>
    public static int CostOf(ReadOnlySpan<char> word) =>
        Words.Value.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(word, out var known) ? known : PriceOf(word);

    /// <summary>The letters with spaces between the words that they spell; as they are where that is one word.</summary>
    /// <param name="letters">ASCII letters alone, or they are returned as they are.</param>
    public static string Split(string letters)
    {
        if (letters.Length < 2 || !System.Text.Ascii.IsValid(letters) || !letters.All(char.IsAsciiLetter))
        {
            return letters;
        }

        var words = Words.Value.GetAlternateLookup<ReadOnlySpan<char>>();
        var lower = letters.ToLowerInvariant();
        var cost = new int[letters.Length + 1];
        var from = new int[letters.Length + 1];
        for (var end = 1; end <= letters.Length; end++)
        {
            cost[end] = int.MaxValue;
            for (var start = Math.Max(0, end - LongestWord); start < end; start++)
            {
                var word = lower.AsSpan(start, end - start);
                var price = cost[start] + (words.TryGetValue(word, out var known) ? known : PriceOf(word));
                if (price < cost[end])
                {
                    (cost[end], from[end]) = (price, start);
                }
            }
        }

        var parts = new List<string>();
        for (var end = letters.Length; end > 0; end = from[end])
        {
            parts.Add(letters[from[end]..end]);
        }

        parts.Reverse();
        return string.Join(' ', parts);
    }

    private static int PriceOf(ReadOnlySpan<char> word) =>
        word is "a" or "i" ? OneLetterWord : UnknownWord + (UnknownLetter * word.Length);

    private static FrozenDictionary<string, byte> Load()
    {
        using var resource = typeof(JoinedWords).Assembly.GetManifestResourceStream("PolicyGateway.Classification.Views.words.gz")!;
        using var reader = new StreamReader(new GZipStream(resource, CompressionMode.Decompress));
        var words = new Dictionary<string, byte>(StringComparer.Ordinal);
        while (reader.ReadLine() is { } line)
        {
            var space = line.IndexOf(' ', StringComparison.Ordinal);
            words[line[..space]] = byte.Parse(line.AsSpan(space + 1), System.Globalization.CultureInfo.InvariantCulture);
        }

        return words.ToFrozenDictionary(StringComparer.Ordinal);
    }
}
