using System.Text.Json;

namespace PolicyGateway.Dialects.Fields;

/// <summary>Where a walk is.</summary>
/// <param name="Group">The message or choice.</param>
/// <param name="Keys">The indices of the arrays inside it.</param>
/// <param name="Type">The type of the object that holds it, where readers choose by that; 0 where they do not.</param>
internal readonly record struct FieldPlace(int Group, long Keys, short Type = 0)
{
    /// <summary>Group of what stands in no message and no choice.</summary>
    public const int NoGroup = -1;

    private const int MostPerArray = 0xFFFE;

    public static readonly FieldPlace Top = new(NoGroup, 0);

    /// <summary>
    /// Where a frame stands as a whole: one that is a piece of an item says by indices of its own which item that is, so
    /// that the pieces of one item are one text and those of two are not.
    /// </summary>
    public static FieldPlace Of(FieldNode root, JsonElement frame, TextCollector texts)
    {
        var place = Top;
        foreach (var child in root.Children)
        {
            if (child.Kind == FieldKind.Index && child.IsDoubtfulIn(frame))
            {
                texts.MarkUnclassified();
            }

            if (child.Kind == FieldKind.Index && child.IndexIn(frame) is { } index)
            {
                place = child.IsGroup ? place with { Group = index } : place.Below(index, texts);
            }
        }

        return place;
    }

    /// <summary>One array deeper. An index that has no room is folded, and the body counts as not read in full.</summary>
    public FieldPlace Below(int key, TextCollector texts)
    {
        if (key > MostPerArray || Keys >> 32 != 0)
        {
            texts.MarkUnclassified();
            return this;
        }

        return this with { Keys = (Keys << 16) | (uint)(key + 1) };
    }
}
