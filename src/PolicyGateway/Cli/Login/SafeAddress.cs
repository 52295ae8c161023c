namespace PolicyGateway.Cli.Login;

/// <summary>Addresses that tokens may be sent to: over TLS, or on this machine.</summary>
internal static class SafeAddress
{
    /// <exception cref="CommandFault">It is none.</exception>
    /// <param name="text">The address.</param>
    /// <param name="what">What it is, as the sentence begins.</param>
    public static Uri Of(string? text, string what) =>
        Uri.TryCreate(text, UriKind.Absolute, out var address) && address.UserInfo.Length == 0 && address.Fragment.Length == 0
            && (address.Scheme == Uri.UriSchemeHttps || (address.Scheme == Uri.UriSchemeHttp && address.IsLoopback))
            ? address
            : throw new CommandFault($"{what}: '{PlainText.Of(text ?? "")}' is no https address. Tokens go over plain http to this machine only.");
}
