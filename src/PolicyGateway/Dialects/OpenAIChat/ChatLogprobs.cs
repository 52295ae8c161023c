using System.Text;
using System.Text.Json;

namespace PolicyGateway.Dialects.OpenAIChat;

/// <summary>Log probabilities spell the text again: by token, by bytes, and by the tokens that might have stood there.</summary>
internal static class ChatLogprobs
{
    public static void Read(JsonElement logprobs, TextCollector texts, QuietFields names, int group)
    {
        foreach (var field in logprobs.EnumerateObject())
        {
            names.AddName(field.Name);
            if (field.Name is "content" or "refusal" && field.Value.ValueKind == JsonValueKind.Array)
            {
                ReadTokens(field.Value, texts, names, group, $"logprobs.{field.Name}");
            }
            else
            {
                JsonLeaves.Scan(field.Value, texts, group, $"logprobs.{field.Name}");
            }
        }
    }

    private static void ReadTokens(JsonElement tokens, TextCollector texts, QuietFields names, int group, string channel)
    {
        foreach (var token in tokens.EnumerateArray())
        {
            if (token.ValueKind != JsonValueKind.Object)
            {
                JsonLeaves.Scan(token, texts, group, channel);
                continue;
            }

            ReadToken(token, texts, names, group, channel);
            if (!token.TryGetProperty("top_logprobs", out var alternatives) || alternatives.ValueKind != JsonValueKind.Array)
            {
                continue;
            }

            var rank = 0;
            foreach (var alternative in alternatives.EnumerateArray())
            {
                ReadToken(alternative, texts, names, group, $"{channel}.top[{rank++}]");
            }
        }
    }

    private static void ReadToken(JsonElement token, TextCollector texts, QuietFields names, int group, string channel)
    {
        if (token.ValueKind != JsonValueKind.Object)
        {
            JsonLeaves.Scan(token, texts, group, channel);
            return;
        }

        foreach (var field in token.EnumerateObject())
        {
            names.AddName(field.Name);
            switch (field.Name)
            {
                case "token" when field.Value.ValueKind == JsonValueKind.String:
                    texts.Add(group, channel, field.Value.GetString());
                    break;
                case "bytes" when field.Value.ValueKind == JsonValueKind.Array:
                    ReadBytes(field.Value, texts, group, $"{channel}.bytes");
                    break;
                case "top_logprobs" when field.Value.ValueKind == JsonValueKind.Array:
                    break;
                default:
                    JsonLeaves.Scan(field.Value, texts, group, $"{channel}.{field.Name}");
                    break;
            }
        }
    }

    /// <summary>
    /// A token may end inside a character; then its bytes cannot be read alone, and they are judged as Latin-1, which
    /// keeps every ASCII letter in place.
    /// </summary>
    private static void ReadBytes(JsonElement array, TextCollector texts, int group, string channel)
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
