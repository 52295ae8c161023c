using System.Text.Json;

namespace PolicyGateway.Dialects.Fields;

/// <summary>
/// Walks JSON along a <see cref="FieldMap"/> and collects every text in it. A request must have the shapes of the map; an
/// answer may differ, and then says so: what nobody knows is read leaf by leaf and reported.
/// </summary>
/// <param name="texts">Where texts go.</param>
/// <param name="quiet">Ids and protocol words of an answer, over all of its frames; null for a request.</param>
internal sealed class FieldReader(TextCollector texts, QuietFields? quiet)
{
    private readonly List<int> _positions = [];
    private readonly AnswerLeaves _leaves = new(texts);
    private readonly IdWords? _ids = quiet is null ? new IdWords() : null;
    private readonly ObjectTypes _types = new(texts);

    private bool IsRequest => quiet is null;

    /// <summary>What is wrong, as a constant sentence; null while nothing is.</summary>
    public string? Fault { get; private set; }

    /// <summary>The field that is at fault, with positions; null where none is.</summary>
    public string? FaultPath { get; private set; }

    /// <summary>Whether an answer held a field or a shape that the map does not know.</summary>
    public bool HasUnknown { get; private set; }

    /// <summary>Reads one document. Call it once for a request, once per frame for an answer.</summary>
    public void Read(FieldMap map, JsonElement root)
    {
        _positions.Clear();
        if (root.ValueKind == JsonValueKind.Object)
        {
            ReadObject(map.Root, root, FieldPlace.Of(map.Root, root, texts));
            _ids?.AddTo(texts);
        }
        else
        {
            Fail(map.Root, "The body must be a JSON object.");
        }
    }

    /// <summary>Reads a document of which nothing is known.</summary>
    public void ReadUnknown(JsonElement root)
    {
        HasUnknown = true;
        Scan(root, FieldPlace.Top, ChannelKey.Unknown);
    }

    private void ReadObject(FieldNode node, JsonElement value, FieldPlace place)
    {
        place = node.TypeField is { } type ? place with { Type = _types.Of(type, value) } : place;
        foreach (var property in value.EnumerateObject())
        {
            if (node.Find(property) is { } child)
            {
                if (child.Kind == FieldKind.Payload && node.IsUnreadable(value))
                {
                    texts.MarkUnclassified();
                }
                else
                {
                    ReadValue(child, property.Value, place);
                }

                if (child.IsTwiceIn(value))
                {
                    Fail(child, "A field stands there under two names.");
                }
            }
            else
            {
                ReadUnknown(node, property, place);
            }

            if (Fault is not null)
            {
                return;
            }
        }

        foreach (var child in node.Children)
        {
            if (child.IsRequired && !child.IsIn(value))
            {
                Fail(child, IsRequest ? "A required field is missing." : "The backend's answer lacks a field of its dialect.");
            }
        }
    }

    private void ReadUnknown(FieldNode parent, JsonProperty property, FieldPlace place)
    {
        var name = property.Name;
        if (IsRequest && parent.HasLookalike(name))
        {
            Fail(parent, "A key differs from one of the dialect's in case only.");
            return;
        }

        HasUnknown = true;
        if (quiet is not null)
        {
            quiet.AddName(name, texts);
        }
        else if (!JsonLeaves.IsToken(name) || IdWords.MayBeText(name))
        {
            // A parameter that a backend has of its own is a word or a few; a name of many is text.
            texts.AddLine(place.Group, ChannelKey.Names, name);
        }

        Scan(property.Value, place, _leaves.KeyOf(parent.Id, name));
    }

    /// <summary>Reads every leaf of what has no fields of its own.</summary>
    private void Scan(JsonElement value, FieldPlace place, ChannelKey key)
    {
        if (quiet is null)
        {
            JsonLeaves.Scan(value, texts, place.Group, key.At(place.Keys));
        }
        else
        {
            _leaves.Scan(value, place, key, quiet);
        }
    }

    private void ReadValue(FieldNode node, JsonElement value, FieldPlace place)
    {
        if (value.ValueKind == JsonValueKind.Null)
        {
            return;
        }

        if (node.Kind == FieldKind.Refused)
        {
            // Some clients send every field that they know, empty.
            if (value.ValueKind != JsonValueKind.False && !(value.ValueKind == JsonValueKind.String && value.ValueEquals("")))
            {
                Fail(node, node.Reason!);
            }
        }
        else if (WholeValue.TryRead(node, value, texts, place))
        {
            return;
        }
        else if (node.Kind == FieldKind.Any)
        {
            Scan(value, place, new ChannelKey(node.Id));
        }
        else if (value.ValueKind == JsonValueKind.String && node.Kind != FieldKind.Container)
        {
            ReadString(node, value.GetString()!, place);
        }
        else if (value.ValueKind == JsonValueKind.Array && (node.Item is not null || node.Kind == FieldKind.Bytes))
        {
            ReadArray(node, value, place);
        }
        else if (value.ValueKind == JsonValueKind.Object && node.Children.Count > 0)
        {
            ReadObject(node, value, place);
        }
        else if (value.ValueKind is JsonValueKind.Array or JsonValueKind.Object || (IsRequest && node.Kind is FieldKind.Container or FieldKind.Text or FieldKind.Payload or FieldKind.OneOf))
        {
            ReadMisshapen(node, value, place);
        }
        else
        {
            Scan(value, place, new ChannelKey(node.Id));
        }
    }

    private void ReadMisshapen(FieldNode node, JsonElement value, FieldPlace place)
    {
        if (IsRequest)
        {
            Fail(node, "A field has a shape that this dialect does not have.");
            return;
        }

        HasUnknown = true;
        Scan(value, place, new ChannelKey(node.Id));
    }

    private void ReadString(FieldNode node, string value, FieldPlace place)
    {
        var key = Key(node, place);
        switch (node.Kind)
        {
            case FieldKind.Text or FieldKind.TextOrTokens or FieldKind.Payload:
                texts.Add(place.Group, key, value, arrives: true);
                break;
            case FieldKind.Copy or FieldKind.Opaque:
                texts.Add(place.Group, key, value);
                break;
            case FieldKind.Id or FieldKind.Random or FieldKind.Index:
                if (!JsonLeaves.IsToken(value))
                {
                    texts.AddLine(place.Group, key, value);
                    quiet?.TakeText(node, value, texts);
                }
                else
                {
                    quiet?.Take(node, value, texts);
                    _ids?.Take(node, value);
                }

                break;
            case FieldKind.Time when JsonLeaves.IsTime(value):
                break;
            case FieldKind.OneOf:
                ReadWord(node, value, place);
                break;
            default:
                texts.AddLine(place.Group, key, value);
                break;
        }
    }

    private void ReadWord(FieldNode node, string value, FieldPlace place)
    {
        if (node.Words!.TryGetValue(value, out var isUnreadable))
        {
            if (isUnreadable)
            {
                texts.MarkUnclassified();
            }
        }
        else if (IsRequest)
        {
            Fail(node, $"The value must be one of {string.Join(", ", node.Words.Keys.Order(StringComparer.Ordinal))}.");
        }
        else
        {
            HasUnknown = true;
            quiet!.Add(place.Group, Key(node, place), value, texts);
        }
    }

    private void ReadArray(FieldNode node, JsonElement array, FieldPlace place)
    {
        if (node.Kind == FieldKind.Bytes)
        {
            SpelledText.Read(array, texts, place.Group, Key(node, place));
            return;
        }

        var item = node.Item!;
        if (IsRequest && node.IsRequired && array.GetArrayLength() == 0)
        {
            Fail(node, "A required array is empty.");
            return;
        }

        var position = 0;
        _positions.Add(0);
        foreach (var element in array.EnumerateArray())
        {
            _positions[^1] = position;
            ReadItem(node, item, element, position++, place);
            if (Fault is not null)
            {
                return;
            }
        }

        _positions.RemoveAt(_positions.Count - 1);
    }

    private void ReadItem(FieldNode array, FieldNode item, JsonElement element, int position, FieldPlace place)
    {
        // Objects, and nothing else, where the items have fields and are no text themselves.
        if (item.Kind == FieldKind.Container && item.Item is null && element.ValueKind != JsonValueKind.Object)
        {
            Fail(item, IsRequest ? "Each item must be an object." : "The backend's answer has an item that is no object.");
            return;
        }

        var isAside = array.IsRun ? item.IsAside(element) : false;
        if (isAside is null || item.Index?.IsDoubtfulIn(element) == true)
        {
            texts.MarkUnclassified();
        }

        var key = item.Index?.IndexIn(element) ?? position;
        ReadValue(item, element, array.IsRun ? isAside == true ? place.Below(0, texts) : place : item.IsGroup || array.IsGroup ? place with { Group = key } : place.Below(key, texts));
    }

    private static ChannelKey Key(FieldNode node, FieldPlace place) => new(node.Id, place.Keys, Type: place.Type);

    private void Fail(FieldNode node, string fault)
    {
        if (Fault is null)
        {
            (Fault, FaultPath) = (fault, node.PathAt(_positions));
        }
    }
}
