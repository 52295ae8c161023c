using System.Buffers;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace PolicyGateway.Dialects;

/// <summary>Scans JSON whose meaning is not known: every string leaf and every property name is text.</summary>
internal static class JsonLeaves
{
    /// <summary>An array of at least this many numbers may spell a text (token ids, bytes), which nobody can read.</summary>
    private const int SpellingNumbers = 16;

    private const int LongestToken = 96;

    /// <summary>Longer than any number that a double prints; the digits of a longer one may spell a text.</summary>
    private const int LongestNumber = 32;

    private const int LongestTime = 40;

    private static readonly SearchValues<char> TimeCharacters = SearchValues.Create("0123456789-:.+TZ");

    private static readonly SearchValues<char> TokenCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:/@+-");

    /// <summary>Adds all text below <paramref name="element"/> to one channel, a line each.</summary>
    /// <returns>How many numbers it is, for the array around it: counted on the way, since to look again at each level would cost depth times count.</returns>
    public static int Scan(JsonElement element, TextCollector into, int group, ChannelKey channel)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.String:
                Add(element.GetString()!, into, group, channel);
                break;
            case JsonValueKind.Object:
                foreach (var property in element.EnumerateObject())
                {
                    Add(property.Name, into, group, channel);
                    Scan(property.Value, into, group, channel);
                }

                break;
            case JsonValueKind.Array:
                var numbers = 0;
                foreach (var item in element.EnumerateArray())
                {
                    numbers += Scan(item, into, group, channel);
                }

                return CheckArray(numbers, into);
            case JsonValueKind.Number:
                return CheckNumber(element, into);
        }

        return 0;
    }

    private static void Add(string text, TextCollector into, int group, ChannelKey channel)
    {
        if (!JsonVocabulary.Contains(text))
        {
            into.AddLine(group, channel, text);
        }
    }

    /// <summary>Says of a very long number that nobody knows what it spells; it counts as one.</summary>
    public static int CheckNumber(JsonElement number, TextCollector into)
    {
        if (JsonMarshal.GetRawUtf8Value(number).Length > LongestNumber)
        {
            into.MarkUnclassified();
        }

        return 1;
    }

    /// <summary>Says of an array of many numbers, its own and those of the arrays in it, that nobody knows what it spells.</summary>
    public static int CheckArray(int numbers, TextCollector into)
    {
        if (numbers >= SpellingNumbers)
        {
            into.MarkUnclassified();
        }

        return numbers;
    }

    /// <summary>Whether a string has the letters of a time and no others, so that it spells nothing.</summary>
    public static bool IsTime(string value) => value.Length <= LongestTime && !value.AsSpan().ContainsAnyExcept(TimeCharacters);

    /// <summary>
    /// Whether a string of a field that carries no text looks like what it should be: an id or a name, short and of
    /// plain characters. Anything else is scanned, whatever its field is called.
    /// </summary>
    public static bool IsToken(string? value) =>
        value is null || (value.Length <= LongestToken && !value.AsSpan().ContainsAnyExcept(TokenCharacters));
}
