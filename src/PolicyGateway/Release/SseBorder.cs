namespace PolicyGateway.Release;

/// <summary>Finds where a stream may be ended: behind the empty line that ends an event.</summary>
internal static class SseBorder
{
    /// <summary>The offset behind the last whole event; 0 where there is none.</summary>
    public static int After(ReadOnlySpan<byte> bytes)
    {
        var lf = Behind(bytes, "\n\n"u8);
        var crlf = Behind(bytes, "\r\n\r\n"u8);
        var cr = Behind(bytes, "\r\r"u8);
        return Math.Max(lf, Math.Max(crlf, cr));
    }

    private static int Behind(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> border) =>
        bytes.LastIndexOf(border) is var at and >= 0 ? at + border.Length : 0;
}
