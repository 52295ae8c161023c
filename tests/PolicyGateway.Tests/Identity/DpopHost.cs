using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using PolicyGateway.Identity;
using PolicyGateway.State;

namespace PolicyGateway.Tests.Identity;

/// <summary>An identity host with one issuer and one client, past the time after a start in which every proof needs a nonce.</summary>
internal sealed class DpopHost : IDisposable
{
    public DpopHost(Action<IdentityOptions>? configure = null)
    {
        Host = new IdentityHost(options =>
        {
            options.Issuers.Add(IdentityHost.Trusting(Issuer));
            configure?.Invoke(options);
        });
        Store = Host.Services.GetRequiredService<IStateStore>();
        Host.Clock.Advance(TimeSpan.FromMinutes(1));
        Token = Issue();
    }

    public IdentityHost Host { get; }

    public TestKey Issuer { get; } = new("k1");

    public DpopClient Client { get; } = new();

    public IStateStore Store { get; }

    /// <summary>A token that is bound to the client's key.</summary>
    public string Token { get; }

    /// <summary>The nonce of the last answer.</summary>
    public string? Nonce { get; private set; }

    public DateTimeOffset Now => Host.Clock.GetUtcNow();

    public string Issue(params (string Name, object? Value)[] changes) =>
        Issuer.Sign(Host.Claims(changes: [("cnf", Client.Confirmation), ("exp", Now.ToUnixTimeSeconds() + 3600), .. changes]));

    public string Prove((string Name, object? Value)[]? header = null, (string Name, object? Value)[]? claims = null) =>
        Client.Prove(Token, Now, header, claims);

    public Task<CallerResult> SendAsync(string proof) => SendAsync("DPoP " + Token, proof);

    public async Task<CallerResult> SendAsync(string authorization, string? proof, Action<HttpRequest>? change = null)
    {
        HttpResponse? response = null;
        var result = await Host.ReadAsync(request =>
        {
            response = request.HttpContext.Response;
            request.Method = "POST";
            request.Scheme = "http";
            request.Host = new HostString("evil.example");
            request.Path = "/v1/chat/completions";
            request.Headers.Authorization = authorization;
            if (proof is not null)
            {
                request.Headers["DPoP"] = proof;
            }

            change?.Invoke(request);
        });
        Nonce = response!.Headers["DPoP-Nonce"];
        return result;
    }

    public Task RefusedAsync(AuthenticationFault fault, string proof) => RefusedAsync(fault, "DPoP " + Token, proof);

    /// <summary>Twice: the second time the token is remembered.</summary>
    public async Task RefusedAsync(AuthenticationFault fault, string authorization, string? proof)
    {
        for (var time = 0; time < 2; time++)
        {
            var result = await SendAsync(authorization, proof);
            Assert.Null(result.Caller);
            Assert.Equal(fault.Reason, result.Fault!.Reason);
        }
    }

    public void Dispose()
    {
        Host.Dispose();
        Issuer.Dispose();
        Client.Dispose();
    }
}
