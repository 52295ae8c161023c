namespace PolicyGateway.Dialects.Fields;

/// <summary>Where a walk is: the message or choice, and the indices of the arrays inside it.</summary>
internal readonly record struct FieldPlace(int Group, long Keys)
{
    /// <summary>Group of what stands in no message and no choice.</summary>
    public const int NoGroup = -1;

    private const int MostPerArray = 0xFFFE;

    public static readonly FieldPlace Top = new(NoGroup, 0);

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
