using System.Collections.Immutable;
using System.Text.Json;

namespace PolicyGateway.Policy;

/// <summary>
/// Reads the members of one JSON object. A member of the wrong kind, or one that the policy does not know, is a fault and
/// reads as left out, so that one pass finds all that is wrong.
/// </summary>
internal sealed class PolicyObject
{
    private readonly PolicyNode _node;
    private readonly List<PolicyFault> _faults;

    public PolicyObject(PolicyNode node, List<PolicyFault> faults, string[] known)
    {
        _node = node;
        _faults = faults;
        if (node.Kind != JsonValueKind.Object)
        {
            Fault(node, "An object is expected here.");
        }

        foreach (var (name, value) in node.Members)
        {
            if (!known.Contains(name, StringComparer.Ordinal))
            {
                Fault(value, $"This key is unknown. Known here: {string.Join(", ", known)}.");
            }
        }
    }

    public string? String(string name)
    {
        if (Member(name, JsonValueKind.String, "A string") is not { } node)
        {
            return null;
        }

        if (string.IsNullOrWhiteSpace(node.Text))
        {
            Fault(node, "This text is empty.");
            return null;
        }

        return node.Text;
    }

    public double? Number(string name) => Member(name, JsonValueKind.Number, "A number")?.Number;

    public bool? Flag(string name)
    {
        var node = _node.Find(name);
        if (node is not null && node.Kind is not (JsonValueKind.True or JsonValueKind.False))
        {
            Fault(node, "true or false is expected here.");
            return null;
        }

        return node is null ? null : node.Kind == JsonValueKind.True;
    }

    public ImmutableArray<string>? Strings(string name)
    {
        if (Member(name, JsonValueKind.Array, "A list of strings") is not { } node)
        {
            return null;
        }

        var texts = ImmutableArray.CreateBuilder<string>();
        foreach (var item in node.Items)
        {
            if (item.Kind != JsonValueKind.String || string.IsNullOrWhiteSpace(item.Text))
            {
                Fault(item, "A string that is not empty is expected here.");
            }
            else if (texts.Contains(item.Text))
            {
                Fault(item, $"'{item.Text}' stands twice in this list.");
            }
            else
            {
                texts.Add(item.Text);
            }
        }

        return texts.ToImmutable();
    }

    /// <summary>One word of a closed list.</summary>
    public T? Word<T>(string name, params (string Word, T Value)[] words)
        where T : struct
    {
        if (Member(name, JsonValueKind.String, "A word") is not { } node)
        {
            return null;
        }

        foreach (var (word, value) in words)
        {
            if (string.Equals(word, node.Text, StringComparison.Ordinal))
            {
                return value;
            }
        }

        Fault(node, $"'{node.Text}' is not possible here. Possible: {string.Join(", ", words.Select(word => word.Word))}.");
        return null;
    }

    public PolicyNode? Object(string name) => Member(name, JsonValueKind.Object, "An object");

    public PolicyNode? List(string name) => Member(name, JsonValueKind.Array, "A list");

    private PolicyNode? Member(string name, JsonValueKind kind, string expected)
    {
        var node = _node.Find(name);
        if (node is not null && node.Kind != kind)
        {
            Fault(node, $"{expected} is expected here.");
            return null;
        }

        return node;
    }

    private void Fault(PolicyNode node, string message) => _faults.Add(new PolicyFault(node.Key, node.Line, message));
}
