using System.Text;

namespace PolicyGateway.Fuzzing;

/// <summary>A text that is planted in an input, plain or as JSON escapes it, and must be found by whoever reads the input.</summary>
internal static class Marker
{
    /// <summary>Of several words, so that it is no identifier, which nobody judges.</summary>
    private const string Plain = "the MARKER stands here";

    private const string Escaped = @"the \u004dARKER stands here";

    public static readonly byte[][] Spellings = [Encoding.ASCII.GetBytes(Plain), Encoding.ASCII.GetBytes(Escaped)];

    public static bool IsIn(ReadOnlySpan<byte> input)
    {
        foreach (var spelling in Spellings)
        {
            if (input.IndexOf(spelling) >= 0)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether it was read, as text or letter by letter. Its first word may be one with what stands before it.</summary>
    public static bool IsIn(IEnumerable<string> texts) =>
        texts.Any(static text => text.Contains(Plain[3..], StringComparison.Ordinal) || text.Contains(Escaped[3..], StringComparison.Ordinal));
}
