using System.Text;
using System.Text.Json;

namespace PolicyGateway.Dialects.Fields;

/// <summary>Reads a text that is spelled by the numbers of its bytes.</summary>
internal static class SpelledText
{
    /// <summary>
    /// A token may end inside a character; then its bytes cannot be read alone, and they are judged as Latin-1, which keeps
    /// every ASCII letter in place.
    /// </summary>
    public static void Read(JsonElement array, TextCollector texts, int group, ChannelKey channel)
    {
        var bytes = new byte[array.GetArrayLength()];
        var length = 0;
        foreach (var item in array.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.Number || !item.TryGetByte(out bytes[length++]))
            {
                texts.MarkUnclassified();
                return;
            }
        }

        var encoding = System.Text.Unicode.Utf8.IsValid(bytes) ? Encoding.UTF8 : Encoding.Latin1;
        texts.Add(group, channel, encoding.GetString(bytes));
    }
}
