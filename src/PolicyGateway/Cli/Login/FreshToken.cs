namespace PolicyGateway.Cli.Login;

/// <summary>An access token and what goes with it.</summary>
internal sealed class FreshToken(string text, ProofKey? key, StoredLogin login, DateTimeOffset renewAt, DateTimeOffset end)
{
    public string Text => text;

    /// <summary>What it is bound to; null for a bearer token.</summary>
    public ProofKey? Key => key;

    /// <summary>Whose it is.</summary>
    public StoredLogin Login => login;

    /// <summary>Early enough before its end that no request under way is caught by it.</summary>
    public DateTimeOffset RenewAt => renewAt;

    public DateTimeOffset End => end;
}

/// <summary>Why there is no access token.</summary>
/// <param name="Status">What the SDK is answered: 401 where somebody has to log in, 503 where it is worth trying again.</param>
/// <param name="Code">The same in a word.</param>
/// <param name="Message">The same in a sentence.</param>
internal sealed record TokenFault(int Status, string Code, string Message)
{
    public static TokenFault LoggedOut(string message) => new(StatusCodes.Status401Unauthorized, "login_required", message);

    public static TokenFault Unavailable(string message) => new(StatusCodes.Status503ServiceUnavailable, "login_unavailable", message);
}
