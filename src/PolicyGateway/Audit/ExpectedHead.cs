using System.Globalization;

namespace PolicyGateway.Audit;

/// <summary>A head that the chain must contain, with where it comes from.</summary>
/// <param name="Seq">The record.</param>
/// <param name="Hash">The hash that it must have.</param>
/// <param name="Source">For messages: a table, a file and line, an argument.</param>
/// <param name="Signed">The signature to check; null for a bare <c>seq:hash</c>, which its bearer vouches for.</param>
internal sealed record ExpectedHead(long Seq, byte[] Hash, string Source, SignedHead? Signed)
{
    public static ExpectedHead Of(SignedHead head, string source) => new(head.Seq, head.Hash, source, head);

    /// <summary>Reads a heads file, or <c>seq:hash</c>.</summary>
    /// <exception cref="FormatException">It is neither.</exception>
    public static IEnumerable<ExpectedHead> Parse(string argument)
    {
        if (File.Exists(argument))
        {
            return OfFile(argument);
        }

        var colon = argument.IndexOf(':', StringComparison.Ordinal);
        if (colon > 0
            && long.TryParse(argument.AsSpan(0, colon), NumberStyles.None, CultureInfo.InvariantCulture, out var seq)
            && argument.Length - colon - 1 == 2 * ChainHash.Size
            && argument.AsSpan(colon + 1).IndexOfAnyExcept(System.Buffers.SearchValues.Create("0123456789abcdefABCDEF")) < 0)
        {
            return [new ExpectedHead(seq, Convert.FromHexString(argument.AsSpan(colon + 1)), "the given head", null)];
        }

        throw new FormatException($"'{argument}' is neither an existing heads file nor seq:hash with a hash of 64 hex digits.");
    }

    /// <summary>The heads of a file; a line that is none comes out with no hash, for the verifier to name.</summary>
    public static IEnumerable<ExpectedHead> OfFile(string file) =>
        HeadsFile.Read(file).Select(line => line.Head is { } head
            ? Of(head, $"{file} line {line.Line}")
            : new ExpectedHead(0, [], $"{file} line {line.Line}", null));
}
