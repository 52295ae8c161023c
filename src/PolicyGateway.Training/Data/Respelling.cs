using System.Globalization;
using System.Text;

namespace PolicyGateway.Training.Data;

/// <summary>The same text as a hurried or a devious writer would type it, so that an encoder learns to look past the spelling.</summary>
internal static class Respelling
{
    private const int OneWordIn = 8;

    /// <summary>Respells a text; the same seed gives the same text.</summary>
    public static string Of(string text, int seed)
    {
        var random = new Random(seed);
        return random.Next(6) switch
        {
            0 => text.ToUpperInvariant(),
            1 => text.ToLowerInvariant(),
            2 => Each(text, c => random.Next(2) == 0 ? c : char.IsUpper(c) ? char.ToLowerInvariant(c) : char.ToUpperInvariant(c)),
            3 => Each(text, c => random.Next(2) == 0 ? c : Digit(c)),
            4 => string.Join(' ', text.Split(' ').Select(word => word.Length > 3 && random.Next(OneWordIn) == 0 ? string.Join(' ', word.AsEnumerable()) : word)),
            _ => string.Join(' ', text.Split(' ').Select(word => word.Length > 3 && random.Next(OneWordIn) == 0 ? Misspelt(word, random) : word)),
        };
    }

    private static string Each(string text, Func<char, char> map) => string.Concat(text.Select(map));

    private static char Digit(char c) => char.ToLower(c, CultureInfo.InvariantCulture) switch { 'a' => '4', 'e' => '3', 'i' => '1', 'o' => '0', 's' => '5', 't' => '7', _ => c };

    /// <summary>A letter left out, doubled, or changed with its neighbour.</summary>
    private static string Misspelt(string word, Random random)
    {
        var at = random.Next(1, word.Length - 1);
        var result = new StringBuilder(word);
        switch (random.Next(3))
        {
            case 0:
                result.Remove(at, 1);
                break;
            case 1:
                result.Insert(at, word[at]);
                break;
            default:
                (result[at], result[at + 1]) = (word[at + 1], word[at]);
                break;
        }

        return result.ToString();
    }
}
