using PolicyGateway.Demo;
using PolicyGateway.Tests.Identity;

namespace PolicyGateway.Tests.Access;

/// <summary>A gateway that trusts two issuers.</summary>
public sealed class JoinGateway : IAsyncLifetime, IDisposable
{
    internal const string OtherIssuer = "https://issuer.example";

    private readonly TestKey _key = new("k1");

    internal AccessGateway Access { get; } = new();

    public Task InitializeAsync()
    {
        foreach (var (key, value) in DemoConfiguration.Flatten("Identity:Issuers:1", IdentityHost.Trusting(_key, OtherIssuer)))
        {
            Access.Gateway.Settings[key] = value;
        }

        return Access.InitializeAsync();
    }

    public Task DisposeAsync() => Access.DisposeAsync();

    public void Dispose() => _key.Dispose();

    /// <summary>A token of the other issuer.</summary>
    internal string TokenOf(string subject)
    {
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        return _key.Sign(new Dictionary<string, object?> { ["iss"] = OtherIssuer, ["aud"] = IdentityHost.Audience, ["sub"] = subject, ["iat"] = now, ["exp"] = now + 600 });
    }

    internal async Task<string> CodeAsync(string token) => (await Access.PostAsync("/v1/access/identities/codes", token)).Expect(201).Text("code");

    internal async Task<Reply> BringAsync(string? token, string? code, int status) => (await Access.PostAsync("/v1/access/identities", token, new { code })).Expect(status);

    internal async Task<string> JoinAsync(string portal, string client) => (await BringAsync(client, await CodeAsync(portal), 201)).Text("id");
}
