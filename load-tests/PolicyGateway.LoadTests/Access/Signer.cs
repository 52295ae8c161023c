using System.IO.Compression;
using System.Text.Json;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using PolicyGateway.Identity;

namespace PolicyGateway.LoadTests.Access;

/// <summary>Signs with the key of a data folder's development issuer: tokens that name a status, and the list of statuses.</summary>
internal sealed class Signer
{
    private static readonly JsonWebTokenHandler Handler = new() { SetDefaultTimesOnTokenCreation = false };

    private readonly SigningCredentials _key;

    public Signer(string data)
    {
        DevelopmentIssuer.Open(data, TimeProvider.System).Dispose();
        using var document = JsonDocument.Parse(File.ReadAllText(Path.Combine(data, DevelopmentIssuer.FileName)));
        _key = new SigningCredentials(new JsonWebKey(document.RootElement.GetProperty("keys")[0].GetRawText()), SecurityAlgorithms.EcdsaSha256);
    }

    public string Token(string subject, params ReadOnlySpan<(string Name, object Value)> more)
    {
        var now = TimeProvider.System.GetUtcNow();
        var claims = new Dictionary<string, object>
        {
            ["iss"] = DevelopmentIssuer.Issuer,
            ["aud"] = DevelopmentIssuer.DefaultAudience,
            ["sub"] = subject,
            ["jti"] = Guid.NewGuid().ToString("N"),
            ["iat"] = now.ToUnixTimeSeconds(),
            ["exp"] = now.AddHours(8).ToUnixTimeSeconds(),
            ["auth_time"] = now.ToUnixTimeSeconds(),
            ["tier"] = "registered",
        };
        foreach (var (name, value) in more)
        {
            claims[name] = value;
        }

        return Sign("at+jwt", claims);
    }

    /// <summary>A list whose first tokens are revoked and the others are not.</summary>
    public string StatusList(string uri, int revoked, int tokens, TimeSpan lifetime)
    {
        var bits = new byte[(tokens / 8) + 1];
        for (var i = 0; i < revoked; i++)
        {
            bits[i / 8] |= (byte)(1 << (i % 8));
        }

        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            zlib.Write(bits);
        }

        return Sign("statuslist+jwt", new Dictionary<string, object>
        {
            ["sub"] = uri,
            ["iat"] = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds(),
            ["ttl"] = (long)lifetime.TotalSeconds,
            ["status_list"] = new Dictionary<string, object> { ["bits"] = 1, ["lst"] = Base64UrlEncoder.Encode(packed.ToArray()) },
        });
    }

    private string Sign(string type, Dictionary<string, object> claims) =>
        Handler.CreateToken(new SecurityTokenDescriptor { Claims = claims, TokenType = type, SigningCredentials = _key });
}
