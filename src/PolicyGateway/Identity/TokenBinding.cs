using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.IdentityModel.Tokens;

namespace PolicyGateway.Identity;

/// <summary>How a caller's token is bound to its sender, as the sender proved for this request.</summary>
internal enum TokenBinding
{
    /// <summary>Whoever has the token may send it.</summary>
    None,

    /// <summary>To a key, by a proof for each request (RFC 9449).</summary>
    Dpop,

    /// <summary>To the client certificate of the connection (RFC 8705).</summary>
    Mtls,
}

/// <summary>What a token's <c>cnf</c> binds it to (RFC 7800). With both, both are asked for.</summary>
/// <param name="Key">SHA-256 thumbprint of a key (<c>jkt</c>).</param>
/// <param name="Certificate">SHA-256 of a client certificate (<c>x5t#S256</c>).</param>
internal sealed record Confirmation(byte[]? Key, byte[]? Certificate)
{
    /// <summary>The key of that thumbprint, once a proof brought it along; kept for as long as the token is remembered.</summary>
    public JsonWebKey? KnownKey { get; set; }

    /// <summary>The proof for each request says more than a connection that others may share behind a proxy.</summary>
    public TokenBinding Binding => Key is not null ? TokenBinding.Dpop : TokenBinding.Mtls;

    /// <summary>Null where a binding is empty, malformed, or of a kind that cannot be checked here: it must not pass for none.</summary>
    public static Confirmation? Read(JsonElement cnf)
    {
        if (cnf.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        byte[]? key = null, certificate = null;
        foreach (var member in cnf.EnumerateObject())
        {
            var hash = Hash(member.Value);
            switch (member.Name)
            {
                case "jkt" when hash is not null:
                    key = hash;
                    break;
                case "x5t#S256" when hash is not null:
                    certificate = hash;
                    break;
                default:
                    return null;
            }
        }

        return key is null && certificate is null ? null : new Confirmation(key, certificate);
    }

    private static byte[]? Hash(JsonElement value) =>
        value.ValueKind == JsonValueKind.String && StrictBase64Url.Decode(value.GetString()) is { Length: SHA256.HashSizeInBytes } hash ? hash : null;
}
