using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using PolicyGateway.Tests.Identity;
using PolicyGateway.Tests.Inference;

namespace PolicyGateway.Tests.Portal;

/// <summary>Both sites while nothing answers at the OpenID provider's address.</summary>
public sealed class ProviderDownTests : IAsyncLifetime, IDisposable
{
    private readonly PortalGateway _portal = new();
    private readonly OpenIdProvider _provider = OpenIdProvider.Create();
    private readonly CapturedLog _log = new();

    public Task InitializeAsync()
    {
        foreach (var (key, value) in _provider.Settings())
        {
            _portal.Access.Gateway.Settings[key] = value;
        }

        _portal.Access.Gateway.Settings["Logging:LogLevel:PolicyGateway.Portal"] = _portal.Access.Gateway.Settings["Logging:LogLevel:Microsoft.AspNetCore"] = "Warning";
        _portal.Access.Gateway.Changes = services => services.AddSingleton<ILoggerProvider>(_log);
        return _portal.InitializeAsync();
    }

    public async Task DisposeAsync()
    {
        await _portal.DisposeAsync();
        await _provider.DisposeAsync();
    }

    public void Dispose() => _log.Dispose();

    [Theory]
    [InlineData("portal", "/login/provider?return=%2Fportal%2Fkeys")]
    [InlineData("console", "/login/provider")]
    [InlineData("portal", "/signed-in?code=x&state=y")]
    [InlineData("console", "/signed-in?error=server_error&state=y")]
    public async Task Whoever_logs_in_is_told_on_a_page_that_the_provider_does_not_answer_and_the_log_in_a_line(string site, string path)
    {
        using var reader = site == "portal" ? _portal.Portal() : _portal.Console();

        var page = (await reader.GetAsync("/" + site + path)).Expect(HttpStatusCode.ServiceUnavailable);

        Assert.Equal(("The login provider cannot be reached", "/" + site + path), (page.Title, page.Path));
        Assert.Contains("default-src 'none'", page.Headers["Content-Security-Policy"], StringComparison.Ordinal);
        var told = Assert.Single(_log.Text.Split('\n'), static line => line.Trim().Length > 0);
        Assert.StartsWith("ProviderUnreachable: ", told, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_of_the_provider_is_no_reason_to_log_in_again_while_its_keys_cannot_be_had()
    {
        using var key = new TestKey("k1");
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        var token = key.Sign(new { iss = _provider.Issuer, aud = OpenIdProvider.Resource, sub = "ada", iat = now, exp = now + 600 });

        var asked = await _portal.Access.Gateway.SendAsync(TheGateway.Ask("hello"), token);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "temporarily_unavailable", "false"), (asked.Status, asked.Code, asked.Headers["x-should-retry"]));
        Assert.DoesNotContain("WWW-Authenticate", asked.Headers.Keys, StringComparer.OrdinalIgnoreCase);
        (await _portal.Access.GetAsync("/v1/access/me", token)).Expect(503);
    }
}
