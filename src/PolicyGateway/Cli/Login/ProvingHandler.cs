using System.Net;
using System.Net.Http.Headers;
using PolicyGateway.Identity;

namespace PolicyGateway.Cli.Login;

/// <summary>Puts the login's token on a request to the gateway, with a proof where it is bound to a key (RFC 9449, 7.1).</summary>
internal sealed class ProvingHandler(HttpMessageHandler inner) : DelegatingHandler(inner)
{
    public static readonly HttpRequestOptionsKey<FreshToken> Token = new("token");

    /// <summary>The body, where it was read before and can be sent again.</summary>
    public static readonly HttpRequestOptionsKey<byte[]> Body = new("body");

    private const string Scheme = "DPoP";

    private volatile string? _nonce;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        request.Options.TryGetValue(Token, out var token);
        if (token!.Key is not { } key)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token.Text);
            return await base.SendAsync(request, cancellationToken);
        }

        Prove(request, token.Text, key);
        var response = await base.SendAsync(request, cancellationToken);
        var isNew = Remember(response);
        if (!isNew || !AsksForNonce(response) || !(request.Content is null || request.Options.TryGetValue(Body, out _)))
        {
            return response;
        }

        response.Dispose();
        Prove(request, token.Text, key);
        response = await base.SendAsync(request, cancellationToken);
        Remember(response);
        return response;
    }

    private static bool AsksForNonce(HttpResponseMessage response) =>
        response.StatusCode == HttpStatusCode.Unauthorized
        && response.Headers.NonValidated.TryGetValues("WWW-Authenticate", out var challenges)
        && challenges.Any(static challenge => challenge.Contains("use_dpop_nonce", StringComparison.Ordinal));

    private void Prove(HttpRequestMessage request, string token, ProofKey key)
    {
        request.Headers.Authorization = new AuthenticationHeaderValue(Scheme, token);
        request.Headers.Remove(Scheme);
        request.Headers.Add(Scheme, key.Prove(request.Method, request.RequestUri!, token, _nonce));
        if (!request.Options.TryGetValue(Body, out var body))
        {
            return;
        }

        var content = new ByteArrayContent(body);
        foreach (var (name, values) in request.Content!.Headers.NonValidated)
        {
            content.Headers.TryAddWithoutValidation(name, values);
        }

        request.Content = content;
    }

    /// <summary>RFC 9449, 8.2: whatever answer brings a nonce, the next proof bears it.</summary>
    private bool Remember(HttpResponseMessage response)
    {
        if (!response.Headers.NonValidated.TryGetValues(DpopProofs.NonceHeader, out var values) || values.Count != 1)
        {
            return false;
        }

        _nonce = values.ToString();
        return true;
    }
}
