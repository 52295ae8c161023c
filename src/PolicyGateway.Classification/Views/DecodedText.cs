namespace PolicyGateway.Classification.Views;

/// <summary>Replaces what is encoded by what it says, in place, and again in what came out, to a bounded depth.</summary>
internal static class DecodedText
{
    public static TextView? Apply(string text, TextView? under, ViewLimits limits, int maxLength)
    {
        var view = (TextView?)null;
        for (var depth = 0; depth < limits.MaxDepth; depth++)
        {
            var source = view?.Text ?? text;
            var next = PackedText.Apply(EscapedText.Apply(source, view ?? under, maxLength), source, view ?? under, maxLength);
            if (next is null)
            {
                break;
            }

            view = next;
        }

        return view;
    }
}
