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
}
