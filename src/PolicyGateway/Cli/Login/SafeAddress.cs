namespace PolicyGateway.Cli.Login;

/// <summary>Addresses that tokens may be sent to: over TLS, or on this machine.</summary>
internal static class SafeAddress
{
    /// <summary>The gateway's own, which paths are put behind.</summary>
    /// <exception cref="CommandFault">It is none.</exception>
    public static Uri OfGateway(string text) => text.AsSpan().IndexOfAny('?', '#') < 0
        ? Of(text, "--url")
        : throw new CommandFault($"--url: '{PlainText.Of(text)}': the gateway's address has neither a query nor a fragment.");

    /// <exception cref="CommandFault">It is none.</exception>
    /// <param name="text">The address.</param>
    /// <param name="what">What it is, as the sentence begins.</param>
    public static Uri Of(string? text, string what) =>
        Uri.TryCreate(text, UriKind.Absolute, out var address) && address.UserInfo.Length == 0 && address.Fragment.Length == 0
            && (address.Scheme == Uri.UriSchemeHttps || (address.Scheme == Uri.UriSchemeHttp && address.IsLoopback))
            ? address
            : throw new CommandFault($"{what}: '{PlainText.Of(text ?? "")}' is no https address. Tokens go over plain http to this machine only.");
}
