using System.Text;

namespace PolicyGateway.Fuzzing;

/// <summary>Makes one input of others: bytes changed, cut, doubled and moved, words of the protocols put in, the marker planted.</summary>
internal static class Mutator
{
    private const int Longest = 16 * 1024;

    private static readonly byte[][] Words =
    [
        .. new[]
        {
            "\"", "\\", "\\\"", "{", "}", "[", "]", ",", ":", "null", "true", "-1", "1e999", "9007199254740993", "{}", "[]", "\"\"", "[[[[[[[[[[", "\r", "\n", "\r\n", "\n\n",
            "\r\r", "data:", "data: ", "data: [DONE]\n\n", "event: error\n", "event:", "id: 1\n", "retry: 5\n", ": \n", ":\n\n", "\u2028", "\uFEFF", "\0", "\\ud800", "\\udc00", "\\u0000",
            "\"index\":0,", "\"index\":1,", "\"index\":70000,", "\"index\":-1,", "\"type\":\"text\",", "\"type\":\"x\",", "\"role\":\"assistant\",", "\"content\":", "\"text\":", "\"delta\":{},",
            "\"usage\":{},", "\"usage\":null,", "\"choices\":[],", "\"finish_reason\":\"stop\",", "\"x\":{\"y\":[", "\"n\":2,", "\"stream\":true,", "\"model\":\"m\",", "\"done\":true,",
        }.Select(Encoding.UTF8.GetBytes),
        [0xff], [0xc3], [0xed, 0xa0, 0x80], [0xf0, 0x9f],
    ];

    /// <param name="pool">Inputs to begin with; at least one.</param>
    /// <param name="random">Decides everything.</param>
    public static byte[] Make(IReadOnlyList<byte[]> pool, Random random)
    {
        var input = pool[random.Next(pool.Count)].ToList();
        for (var left = 1 + (random.Next(4) == 0 ? random.Next(8) : 0); left > 0; left--)
        {
            Change(input, pool, random);
        }

        if (random.Next(2) == 0)
        {
            Plant(input, random);
        }

        return input.Count <= Longest ? [.. input] : [.. input.Take(Longest)];
    }

    private static void Change(List<byte> input, IReadOnlyList<byte[]> pool, Random random)
    {
        var at = random.Next(input.Count + 1);
        var length = random.Next(random.Next(2) == 0 ? 8 : 200);
        length = Math.Min(length, input.Count - at);
        switch (random.Next(8))
        {
            case 0 when at < input.Count:
                input[at] = (byte)random.Next(256);
                break;
            case 1:
                input.RemoveRange(at, length);
                break;
            case 2:
                input.InsertRange(random.Next(input.Count + 1), input.GetRange(at, length));
                break;
            case 3:
                input.RemoveRange(at, input.Count - at);
                break;
            case 4:
                var other = pool[random.Next(pool.Count)];
                var start = random.Next(other.Length + 1);
                input.InsertRange(at, other[start..Math.Min(other.Length, start + random.Next(300))]);
                break;
            default:
                input.InsertRange(at, Words[random.Next(Words.Length)]);
                break;
        }
    }

    /// <summary>In the place of a string, of any other value, or anywhere.</summary>
    private static void Plant(List<byte> input, Random random)
    {
        var marker = Marker.Spellings[random.Next(Marker.Spellings.Length)];
        var at = random.Next(input.Count + 1);
        var open = random.Next(8) == 0 ? -1 : input.FindIndex(at, static one => one == '"');
        var close = open < 0 ? -1 : input.FindIndex(open + 1, static one => one == '"');
        if (close < 0)
        {
            input.InsertRange(at, marker);
            return;
        }

        // Between two quotes, which is a string or what stands between two strings.
        input.RemoveRange(open + 1, close - open - 1);
        input.InsertRange(open + 1, marker);
    }
}
