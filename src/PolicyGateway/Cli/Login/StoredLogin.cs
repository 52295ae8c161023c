using System.Text.Json;

namespace PolicyGateway.Cli.Login;

/// <summary>A login as it is kept between two commands.</summary>
/// <param name="Id">Made anew by each login, and kept when its refresh token is renewed.</param>
/// <param name="Issuer">Who gave it.</param>
/// <param name="ClientId">As which client.</param>
/// <param name="Resource">What its tokens are asked for (RFC 8707).</param>
/// <param name="Scope">The scopes that were asked for.</param>
/// <param name="RefreshToken">What new access tokens are got with; it may be used once only.</param>
/// <param name="ProofKey">The private key that its tokens are bound to (PKCS #8, PEM); null for bearer tokens.</param>
internal sealed record StoredLogin(string Id, string Issuer, string ClientId, string? Resource, string Scope, string RefreshToken, string? ProofKey)
{
    private static readonly JsonSerializerOptions Form = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        WriteIndented = true,
    };

    /// <exception cref="JsonException">It is none.</exception>
    public static StoredLogin Parse(string text) => JsonSerializer.Deserialize<StoredLogin>(text, Form) ?? throw new JsonException("It is null.");

    public string ToJson() => JsonSerializer.Serialize(this, Form) + "\n";

    /// <summary>The command that logs the same person in again.</summary>
    /// <param name="store">Where the login is kept.</param>
    /// <param name="more">What is to be different.</param>
    public string Again(LoginStore store, string more = "") =>
        $"policygateway login --issuer {ShellText.Quoted(Issuer)} --client-id {ShellText.Quoted(ClientId)}"
        + (Resource is null ? "" : $" --resource {ShellText.Quoted(Resource)}")
        + (Scope == LoginAsked.DefaultScope ? "" : $" --scope {ShellText.Quoted(Scope)}")
        + store.Option
        + (ProofKey is null ? "" : " --dpop")
        + more;

    /// <summary>Without what opens anything.</summary>
    public override string ToString() => $"{ClientId} at {Issuer}";
}
