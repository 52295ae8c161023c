using System.Collections.Frozen;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace PolicyGateway.Dialects.Fields;

/// <summary>One field of a <see cref="FieldMap"/>, with what may stand in it. Immutable once its map is read.</summary>
internal sealed class FieldNode(short id, string name, string path, string? otherName = null)
{
    private readonly byte[] _name = Encoding.UTF8.GetBytes(name);
    private readonly byte[]? _otherName = otherName is null ? null : Encoding.UTF8.GetBytes(otherName);
    private readonly List<FieldNode> _children = [];

    /// <summary>Tells channels apart; unique in the process.</summary>
    public short Id => id;

    public string Name => name;

    /// <summary>Another name that readers of the protocol take for the same; null where there is none.</summary>
    public string? OtherName => otherName;

    /// <summary>Where it stands, items of arrays as <c>[]</c>.</summary>
    public string Path => path;

    public FieldKind Kind { get; set; }

    /// <summary>Must be there, and must not be an empty array.</summary>
    public bool IsRequired { get; set; }

    /// <summary>Each item of the array is what a reader sees as one: a message, a choice.</summary>
    public bool IsGroup { get; set; }

    /// <summary>The items of the array are one text, whatever their position.</summary>
    public bool IsRun { get; set; }

    /// <summary>Says what the object is that it stands in, and readers take texts only from objects of the types that they want.</summary>
    public bool IsType { get; set; }

    /// <summary>The words of <see cref="FieldKind.OneOf"/>; the value says whether the word names something that cannot be read.</summary>
    public FrozenDictionary<string, bool>? Words { get; set; }

    /// <summary>Why a refused feature is refused.</summary>
    public string? Reason { get; set; }

    /// <summary>What the items of an array are; null where no array may stand.</summary>
    public FieldNode? Item { get; set; }

    public IReadOnlyList<FieldNode> Children => _children;

    public FieldNode? Index => _children.Find(static child => child.Kind == FieldKind.Index);

    /// <summary>The child that says what an object of this shape is; null where none does.</summary>
    public FieldNode? TypeField => _children.Find(static child => child.IsType);

    /// <summary>Whether a word in an object of this shape says that nobody can read what stands beside it.</summary>
    public bool IsUnreadable(JsonElement value)
    {
        foreach (var child in _children)
        {
            if (child.Words is { } words && value.TryGetProperty(child.Name, out var word) && word.ValueKind == JsonValueKind.String
                && words.GetValueOrDefault(word.GetString()!))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether it stands in an object and is no index that all readers take for the same.</summary>
    public bool IsDoubtfulIn(JsonElement owner) =>
        owner.ValueKind == JsonValueKind.Object && owner.TryGetProperty(Name, out var number) && number.ValueKind != JsonValueKind.Null && IndexIn(owner) is null;

    /// <summary>The index that this field gives in an object; null where it gives none.</summary>
    public int? IndexIn(JsonElement owner) =>
        owner.ValueKind == JsonValueKind.Object && owner.TryGetProperty(Name, out var number)
        && number.ValueKind == JsonValueKind.Number && number.TryGetInt32(out var given) && given >= 0
            ? given
            : null;

    public void Add(FieldNode child) => _children.Add(child);

    /// <summary>The child of that name, or null.</summary>
    public FieldNode? Find(JsonProperty property)
    {
        // The raw bytes, without making a string of each name; an escaped name is rare enough for that.
        var raw = JsonMarshal.GetRawUtf8PropertyName(property);
        if (raw.Contains((byte)'\\'))
        {
            return Find(property.Name);
        }

        foreach (var child in _children)
        {
            if (raw.SequenceEqual(child._name) || (child._otherName is { } other && raw.SequenceEqual(other)))
            {
                return child;
            }
        }

        return null;
    }

    public FieldNode? Find(string childName) => _children.Find(child => child.Name == childName || child.OtherName == childName);

    /// <summary>Whether an object holds the field, under either name.</summary>
    public bool IsIn(JsonElement value) => Has(value, name) || (otherName is not null && Has(value, otherName));

    /// <summary>Whether an object holds the field under both names, and nobody knows which one counts.</summary>
    public bool IsTwiceIn(JsonElement value) => otherName is not null && value.TryGetProperty(name, out _) && value.TryGetProperty(otherName, out _);

    /// <summary>Whether an item of a run says of itself that it is read apart from the others; null where some readers would say so.</summary>
    public bool? IsAside(JsonElement item) =>
        _children.Find(static child => child.Kind == FieldKind.Aside) is { } flag && item.ValueKind == JsonValueKind.Object && item.TryGetProperty(flag.Name, out var value)
            ? value.ValueKind switch
            {
                JsonValueKind.True => true,
                JsonValueKind.False or JsonValueKind.Null => false,
                _ => null,
            }
            : false;

    /// <summary>Whether a backend that does not tell case apart (Go's JSON) would take the name for a child's; two letters fold to ASCII.</summary>
    public bool HasLookalike(string unknown)
    {
        var folded = unknown.Replace('\u017F', 's').Replace('\u212A', 'k');
        return _children.Exists(child => string.Equals(child.Name, folded, StringComparison.OrdinalIgnoreCase)
            || string.Equals(child.OtherName, folded, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>The path with the positions at which a reader stands; null for the root.</summary>
    public string? PathAt(IReadOnlyList<int> positions)
    {
        var (at, next) = (new StringBuilder(), 0);
        foreach (var part in path.Split("[]"))
        {
            at.Append(part);
            if (next < positions.Count && at.Length < path.Length)
            {
                at.Append('[').Append(positions[next++]).Append(']');
            }
        }

        return at.Length == 0 ? null : at.ToString();
    }

    private static bool Has(JsonElement value, string childName) => value.TryGetProperty(childName, out var found) && found.ValueKind != JsonValueKind.Null;
}
