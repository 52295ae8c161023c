using System.Collections.Frozen;

namespace PolicyGateway.Dialects.Fields;

/// <summary>
/// Every field that a dialect knows, as a table that people and tests read: a path and what stands there, a line each.
/// What is not in it is unknown.
/// </summary>
/// <example>
/// <code>
/// messages[]           group required
/// messages[].role      one of system|user|assistant required
/// messages[].content   text
/// messages[].content[].image_url  binary
/// store                refused Stored answers are not served here.
/// </code>
/// </example>
internal sealed class FieldMap
{
    private static int _lastId;

    private FieldMap(FieldNode root) => Root = root;

    public FieldNode Root { get; }

    /// <summary>Every field, parents before what stands in them.</summary>
    public IEnumerable<FieldNode> All => Below(Root);

    /// <exception cref="FormatException">A line is no path and kind.</exception>
    public static FieldMap Parse(string table) => Parse(table, static _ => null);

    /// <summary>
    /// A protocol of protocol buffers: each field has its name in lowerCamelCase, as the table spells it, and may have it in
    /// snake_case instead, see https://protobuf.dev/programming-guides/json/.
    /// </summary>
    /// <exception cref="FormatException">A line is no path and kind.</exception>
    public static FieldMap ParseProto(string table) => Parse(table, SnakeCase);

    private static FieldMap Parse(string table, Func<string, string?> otherName)
    {
        var root = new FieldNode(NextId(), "", "");
        foreach (var line in table.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var space = line.IndexOf(' ', StringComparison.Ordinal);
            if (space < 0)
            {
                throw new FormatException($"'{line}' names no kind.");
            }

            Describe(Place(root, line[..space], otherName), line[space..].Trim());
        }

        return new FieldMap(root);
    }

    private static IEnumerable<FieldNode> Below(FieldNode node)
    {
        foreach (var child in node.Children)
        {
            yield return child;
            foreach (var below in Below(child))
            {
                yield return below;
            }
        }

        if (node.Item is { } item)
        {
            yield return item;
            foreach (var below in Below(item))
            {
                yield return below;
            }
        }
    }

    private static FieldNode Place(FieldNode root, string path, Func<string, string?> otherName)
    {
        var node = root;
        foreach (var segment in path.Split('.'))
        {
            var name = segment.TrimEnd('[', ']');
            var child = node.Find(name);
            if (child is null)
            {
                child = new FieldNode(NextId(), name, node.Path.Length == 0 ? name : $"{node.Path}.{name}", otherName(name));
                node.Add(child);
            }

            node = child;
            for (var depth = (segment.Length - name.Length) / 2; depth > 0; depth--)
            {
                node = node.Item ??= new FieldNode(NextId(), "[]", node.Path + "[]");
            }
        }

        return node;
    }

    private static void Describe(FieldNode node, string words)
    {
        if (words.StartsWith("refused ", StringComparison.Ordinal))
        {
            (node.Kind, node.Reason) = (FieldKind.Refused, words["refused ".Length..]);
            return;
        }

        foreach (var word in words.Replace("one of ", "one-of:", StringComparison.Ordinal).Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            switch (word)
            {
                case "required":
                    node.IsRequired = true;
                    break;
                case "group":
                    node.IsGroup = true;
                    break;
                case "run":
                    node.IsRun = true;
                    break;
                case "type":
                    node.IsType = true;
                    break;
                case not null when word.StartsWith("one-of:", StringComparison.Ordinal):
                    node.Kind = FieldKind.OneOf;
                    node.Words = word["one-of:".Length..].Split('|').ToFrozenDictionary(static one => one.TrimEnd('!'), static one => one.EndsWith('!'));
                    break;
                default:
                    node.Kind = Enum.Parse<FieldKind>(word!, ignoreCase: true);
                    break;
            }
        }
    }

    /// <summary>The other spelling of a name; null where there is none.</summary>
    private static string? SnakeCase(string name) => name.Any(char.IsAsciiLetterUpper)
        ? string.Concat(name.Select(static letter => char.IsAsciiLetterUpper(letter) ? $"_{char.ToLowerInvariant(letter)}" : letter.ToString()))
        : null;

    private static short NextId() => checked((short)Interlocked.Increment(ref _lastId));
}
