using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.IdentityModel.Tokens;
using PolicyGateway.Identity;

namespace PolicyGateway.Tests.Identity;

/// <summary>Which keys of a published set count.</summary>
public sealed class KeySetTests
{
    [Theory]
    [InlineData("RS256", 2048, true)]
    [InlineData("PS256", 2048, true)]
    [InlineData("RS256", 1024, false)]
    public async Task An_RSA_key_from_a_file_verifies_if_it_is_long_enough(string algorithm, int bits, bool accepted)
    {
        using var key = RSA.Create(bits);
        var file = Path.GetTempFileName();
        try
        {
            var parameters = key.ExportParameters(false);
            await File.WriteAllTextAsync(file, JsonSerializer.Serialize(new
            {
                keys = new[] { new { kty = "RSA", kid = "r", n = Base64UrlEncoder.Encode(parameters.Modulus), e = Base64UrlEncoder.Encode(parameters.Exponent) } },
            }));
            using var host = new IdentityHost(options => options.Issuers.Add(new()
            {
                Name = "rsa",
                Issuer = "https://issuer.example",
                JwksFile = file,
                Audiences = [IdentityHost.Audience],
            }));
            if (!accepted)
            {
                Assert.Contains("JwksFile", Assert.ThrowsAny<Exception>(() => host.Options).Message, StringComparison.Ordinal);
                return;
            }

            var padding = algorithm == "PS256" ? RSASignaturePadding.Pss : RSASignaturePadding.Pkcs1;
            var token = TestKey.Assemble(
                new { alg = algorithm, kid = "r" },
                JsonSerializer.Serialize(host.Claims()),
                bytes => key.SignData(bytes, HashAlgorithmName.SHA256, padding));

            Assert.Equal("ada", (await host.ReadAsync(token)).Caller!.Subject);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void Keys_for_encryption_shared_keys_and_unknown_kinds_are_left_out()
    {
        using var key = new TestKey("good");
        var good = JsonSerializer.Serialize(key.PublicJwk);
        var jwks = $$"""
            {"keys":[
              {{good.Replace("\"sig\"", "\"enc\"", StringComparison.Ordinal)}},
              {"kty":"oct","kid":"good","k":"c2VjcmV0"},
              {"kty":"OKP","crv":"Ed25519","kid":"good","x":"AAAA"},
              {"kty":"EC","crv":"P-256","kid":"good","x":"%%%","y":"AA"},
              {"kty":7}, 5, null,
              {{good}}
            ]}
            """;

        Assert.Equal("good", Assert.Single(IssuerKeySet.Parse(jwks).Keys).KeyId);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"keys":{}}""")]
    [InlineData("<html></html>")]
    public void What_is_no_key_set_is_an_error_and_not_an_empty_set(string text) =>
        Assert.ThrowsAny<JsonException>(() => IssuerKeySet.Parse(text));

    [Fact]
    public void A_key_that_names_its_algorithm_serves_no_other()
    {
        using var key = new TestKey("k");
        var jwks = key.Jwks.Replace("\"use\"", "\"alg\":\"ES256\",\"use\"", StringComparison.Ordinal);

        Assert.Single(IssuerKeySet.Parse(jwks).For("k", "ES256"));
        Assert.Empty(IssuerKeySet.Parse(jwks).For("k", "ES384"));
        Assert.Empty(IssuerKeySet.Parse(jwks).For("K", "ES256"));
    }
}
