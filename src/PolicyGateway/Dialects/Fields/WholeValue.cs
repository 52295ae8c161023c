using System.Text.Json;

namespace PolicyGateway.Dialects.Fields;

/// <summary>Reads the kinds of values that are taken whole, whatever shapes stand in them.</summary>
internal static class WholeValue
{
    /// <summary>False where the value is to be walked like any other.</summary>
    public static bool TryRead(FieldNode node, JsonElement value, TextCollector texts, FieldPlace place)
    {
        var key = new ChannelKey(node.Id, place.Keys);
        switch (node.Kind)
        {
            case FieldKind.Binary:
            case FieldKind.TextOrTokens when value.ValueKind == JsonValueKind.Number:
                texts.MarkUnclassified();
                return true;
            case FieldKind.Vector:
                ReadVector(value, texts, place, key);
                return true;
            case FieldKind.Names when value.ValueKind == JsonValueKind.Object:
                ReadNames(node, value, texts, place);
                return true;
            default:
                return false;
        }
    }

    private static void ReadVector(JsonElement value, TextCollector texts, FieldPlace place, ChannelKey key)
    {
        if (!NumberVector.IsReal(value))
        {
            texts.MarkUnclassified();
            JsonLeaves.Scan(value, texts, place.Group, key);
        }
    }

    /// <summary>The first names of all objects are one run, the second ones another, as alternatives to a text are.</summary>
    private static void ReadNames(FieldNode node, JsonElement value, TextCollector texts, FieldPlace place)
    {
        var position = 0;
        foreach (var property in value.EnumerateObject())
        {
            var key = new ChannelKey(node.Id, place.Below(position++, texts).Keys);
            texts.Add(place.Group, key, property.Name);
            if (property.Value.ValueKind is not (JsonValueKind.Number or JsonValueKind.Null))
            {
                JsonLeaves.Scan(property.Value, texts, place.Group, key);
            }
        }
    }
}
