using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace PolicyGateway.Identity;

/// <summary>What a development token is to say.</summary>
internal sealed record DevelopmentToken(string Tier)
{
    public IReadOnlyList<string> Credentials { get; init; } = [];

    public TimeSpan Lifetime { get; init; } = TimeSpan.FromHours(1);

    public string Subject { get; init; } = "developer";

    public string? Tenant { get; init; }

    public IReadOnlyList<string> Roles { get; init; } = [];

    public string? Organisation { get; init; }

    public string Audience { get; init; } = DevelopmentIssuer.DefaultAudience;

    public string? Acr { get; init; }

    public DateTimeOffset? AuthTime { get; init; }
}

/// <summary>
/// Issues tokens for demonstrations with a key that it makes once per data folder. Whoever can read that folder can be
/// anybody, which is why the issuer is marked <see cref="IssuerOptions.Development"/> and refused elsewhere.
/// </summary>
internal sealed class DevelopmentIssuer : IDisposable
{
    public const string FileName = "development-issuer.json";
    public const string DefaultAudience = "policygateway";

    // Never resolves (RFC 6761, 6.4), so that no real issuer can be taken for it.
    public const string Issuer = "https://development.policygateway.invalid";

    private readonly ECDsa _key;
    private readonly string _file;
    private readonly SigningCredentials _credentials;
    private readonly TimeProvider _time;

    private DevelopmentIssuer(ECDsa key, string keyId, string file, TimeProvider time)
    {
        (_key, _file, _time) = (key, file, time);

        // No shared cache of signers: it would outlive the key that Dispose releases.
        var security = new ECDsaSecurityKey(key) { KeyId = keyId, CryptoProviderFactory = new CryptoProviderFactory { CacheSignatureProviders = false } };
        _credentials = new SigningCredentials(security, SecurityAlgorithms.EcdsaSha256);
    }

    /// <summary>Opens the issuer of a data folder; the first time, makes its key, readable by the owner only.</summary>
    /// <exception cref="InvalidDataException">Its key cannot be made, or be read.</exception>
    public static DevelopmentIssuer Open(string dataFolder, TimeProvider time)
    {
        var file = Path.GetFullPath(Path.Combine(dataFolder, FileName));
        try
        {
            Directory.CreateDirectory(dataFolder);
            if (!File.Exists(file))
            {
                Create(file);
            }

            return Read(file, time);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new InvalidDataException($"The development issuer's key cannot be kept in '{file}': {fault.Message}", fault);
        }
        catch (Exception fault) when (fault is JsonException or KeyNotFoundException or InvalidOperationException or IndexOutOfRangeException or FormatException or CryptographicException or ArgumentException)
        {
            throw new InvalidDataException($"'{file}' is no key of the development issuer: remove it to have a new one made, after which no token of the old one counts.", fault);
        }
    }

    private static DevelopmentIssuer Read(string file, TimeProvider time)
    {
        using var document = JsonDocument.Parse(File.ReadAllText(file));
        var jwk = document.RootElement.GetProperty("keys")[0];
        var key = ECDsa.Create(new ECParameters
        {
            Curve = ECCurve.NamedCurves.nistP256,
            Q = new ECPoint { X = Bytes(jwk, "x"), Y = Bytes(jwk, "y") },
            D = Bytes(jwk, "d"),
        });
        return new DevelopmentIssuer(key, jwk.GetProperty("kid").GetString()!, file, time);
    }

    /// <summary>Its configuration as an issuer: any tier, and the given credentials.</summary>
    public IssuerOptions AsIssuer(IEnumerable<string> credentials, string highestTier = "professional", string audience = DefaultAudience)
    {
        List<string> allowed = [.. credentials];
        return new IssuerOptions
        {
            Name = "development",
            Issuer = Issuer,
            Development = true,
            JwksFile = _file,
            Audiences = [audience],
            Algorithms = [SecurityAlgorithms.EcdsaSha256],
            RequiredTokenType = "at+jwt",
            TierClaim = "tier",
            MaxTier = highestTier,
            TenantClaim = "tenant",
            RolesClaim = "roles",
            Roles = Enum.GetNames<Role>().ToDictionary(static role => role, static role => new List<string> { role.ToLowerInvariant() }),
            OrganisationClaim = "organisation",
            CredentialsClaim = allowed.Count > 0 ? "credentials" : null,
            AllowedCredentials = allowed,
        };
    }

    public string Issue(DevelopmentToken token)
    {
        var now = _time.GetUtcNow();
        var claims = new Dictionary<string, object>
        {
            ["sub"] = token.Subject,
            ["client_id"] = "policygateway-development",
            ["jti"] = Guid.NewGuid().ToString("N"),
            ["tier"] = token.Tier,
            ["auth_time"] = (token.AuthTime ?? now).ToUnixTimeSeconds(),
        };
        Add(claims, "credentials", token.Credentials.Count > 0 ? token.Credentials.ToArray() : null);
        Add(claims, "roles", token.Roles.Count > 0 ? token.Roles.ToArray() : null);
        Add(claims, "tenant", token.Tenant);
        Add(claims, "organisation", token.Organisation);
        Add(claims, "acr", token.Acr);
        return new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = Issuer,
            Audience = token.Audience,
            TokenType = "at+jwt",
            IssuedAt = now.UtcDateTime,
            NotBefore = now.UtcDateTime,
            Expires = (now + token.Lifetime).UtcDateTime,
            Claims = claims,
            SigningCredentials = _credentials,
        });
    }

    public void Dispose() => _key.Dispose();

    private static void Create(string file)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var jwk = JsonWebKeyConverter.ConvertFromECDsaSecurityKey(new ECDsaSecurityKey(key));
        var keyId = Base64UrlEncoder.Encode(jwk.ComputeJwkThumbprint());
        var text = JsonSerializer.Serialize(new
        {
            keys = new[] { new { kty = "EC", crv = "P-256", use = "sig", alg = SecurityAlgorithms.EcdsaSha256, kid = keyId, x = jwk.X, y = jwk.Y, d = jwk.D } },
        });

        // Written beside and moved: a second process that starts now sees no file or a whole one, and the first to
        // move wins.
        var temporary = $"{file}.{Environment.ProcessId}.{Guid.NewGuid():N}";
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using (var writer = new StreamWriter(temporary, options))
        {
            writer.Write(text);
        }

        try
        {
            File.Move(temporary, file, overwrite: false);
        }
        catch (IOException) when (File.Exists(file))
        {
            File.Delete(temporary);
        }
    }

    private static byte[] Bytes(JsonElement jwk, string name) => Base64UrlEncoder.DecodeBytes(jwk.GetProperty(name).GetString());

    private static void Add(Dictionary<string, object> claims, string name, object? value)
    {
        if (value is not null)
        {
            claims[name] = value;
        }
    }
}
