using System.Text;
using System.Text.Json;

namespace PolicyGateway.Policy;

/// <summary>Policy text to <see cref="PolicyNode"/>: JSON with <c>//</c> comments and trailing commas, each key once.</summary>
internal static class PolicyParser
{
    private static readonly JsonReaderOptions Options = new()
    {
        CommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        MaxDepth = 32,
    };

    /// <summary>The tree, or null where the text is no JSON; every fault goes into <paramref name="faults"/>.</summary>
    public static PolicyNode? Parse(ReadOnlySpan<byte> utf8, List<PolicyFault> faults)
    {
        if (utf8.StartsWith(Encoding.UTF8.Preamble))
        {
            utf8 = utf8[Encoding.UTF8.Preamble.Length..];
        }

        var cursor = new Cursor(utf8);
        try
        {
            cursor.Read();
            var root = ReadValue(ref cursor, "$", faults);

            // A second value after the first one makes the reader throw here.
            cursor.Read();
            return root;
        }
        catch (JsonException fault)
        {
            faults.Add(new PolicyFault("$", (int)(fault.LineNumber ?? 0) + 1, $"This is no valid JSON: {fault.Message}"));
        }
        catch (InvalidOperationException)
        {
            faults.Add(new PolicyFault("$", cursor.Line, "This text is no valid UTF-8."));
        }

        return null;
    }

    private static PolicyNode ReadValue(ref Cursor cursor, string key, List<PolicyFault> faults)
    {
        var line = cursor.Line;
        switch (cursor.Reader.TokenType)
        {
            case JsonTokenType.StartObject:
                return ReadObject(ref cursor, new PolicyNode(JsonValueKind.Object, key, line), faults);
            case JsonTokenType.StartArray:
                var array = new PolicyNode(JsonValueKind.Array, key, line);
                while (cursor.Read() && cursor.Reader.TokenType != JsonTokenType.EndArray)
                {
                    array.Items.Add(ReadValue(ref cursor, $"{key}[{array.Items.Count}]", faults));
                }

                return array;
            case JsonTokenType.String:
                return new PolicyNode(JsonValueKind.String, key, line) { Text = cursor.Reader.GetString()! };
            case JsonTokenType.Number:
                return ReadNumber(ref cursor, key, faults);
            case JsonTokenType.True:
                return new PolicyNode(JsonValueKind.True, key, line);
            case JsonTokenType.False:
                return new PolicyNode(JsonValueKind.False, key, line);
            default:
                return new PolicyNode(JsonValueKind.Null, key, line);
        }
    }

    private static PolicyNode ReadNumber(ref Cursor cursor, string key, List<PolicyFault> faults)
    {
        var node = new PolicyNode(JsonValueKind.Number, key, cursor.Line) { Text = Encoding.ASCII.GetString(cursor.Reader.ValueSpan) };
        if (double.IsFinite(node.Number))
        {
            return node;
        }

        faults.Add(new PolicyFault(key, node.Line, $"{node.Text} is too large."));
        return node with { Text = "0" };
    }

    private static PolicyNode ReadObject(ref Cursor cursor, PolicyNode node, List<PolicyFault> faults)
    {
        while (cursor.Read() && cursor.Reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = cursor.Reader.GetString()!;
            var line = cursor.Line;
            var key = node.Key == "$" ? name : $"{node.Key}.{name}";
            cursor.Read();
            var value = ReadValue(ref cursor, key, faults);
            if (node.Find(name) is { } first)
            {
                faults.Add(new PolicyFault(key, line, $"This key stands twice; it was given in line {first.Line} already."));
                continue;
            }

            node.Members.Add(new(name, value));
        }

        return node;
    }

    /// <summary>The reader and the line it stands on; lines are counted once, as the reader moves on.</summary>
    private ref struct Cursor(ReadOnlySpan<byte> text)
    {
        public Utf8JsonReader Reader = new(text, Options);
        private readonly ReadOnlySpan<byte> _text = text;
        private int _counted;

        public int Line { get; private set; } = 1;

        public bool Read()
        {
            var more = Reader.Read();
            var at = (int)Reader.TokenStartIndex;
            Line += _text[_counted..at].Count((byte)'\n');
            _counted = at;
            return more;
        }
    }
}
