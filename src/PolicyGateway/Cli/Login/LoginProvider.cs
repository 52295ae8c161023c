using System.Net;
using System.Text.Json;
using Duende.IdentityModel;
using Duende.IdentityModel.Client;

namespace PolicyGateway.Cli.Login;

/// <summary>An OpenID provider as a public client asks it (RFC 6749), with proofs where tokens are to be bound to a key (RFC 9449).</summary>
internal sealed class LoginProvider
{
    private readonly HttpClient _http;
    private readonly DiscoveryDocumentResponse _found;
    private readonly string _clientId;
    private readonly ProofKey? _key;
    private string? _nonce;

    private LoginProvider(HttpClient http, DiscoveryDocumentResponse found, string clientId, ProofKey? key) =>
        (_http, _found, _clientId, _key) = (http, found, clientId, key);

    public string Issuer => _found.Issuer!;

    /// <summary>Whether an answer that does not say who gave it cannot be the provider's (RFC 9207).</summary>
    public bool NamesItselfInAnswers => _found.AuthorizationResponseIssParameterSupported == true;

    /// <exception cref="CommandFault">The issuer cannot be asked, or is none.</exception>
    public static async Task<LoginProvider> DiscoverAsync(HttpClient http, string issuer, string clientId, ProofKey? key, CancellationToken cancellationToken)
    {
        var address = SafeAddress.Of(issuer, "--issuer");
        using var request = new DiscoveryDocumentRequest
        {
            Address = issuer,

            // Big providers have their endpoints under other names than their own; each is checked as it is used.
            Policy = new DiscoveryPolicy { ValidateEndpoints = false, RequireKeySet = false },
        };
        var found = await http.GetDiscoveryDocumentAsync(request, cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        return found.IsError
            ? throw new CommandFault($"The issuer {address} cannot be asked: {PlainText.Of(found.Error ?? "").TrimEnd('.')}. Is it the issuer's address, and does it answer?", found.Exception)
            : new LoginProvider(http, found, clientId, key);
    }

    /// <summary>Where the browser has to go to log in; pushed to the provider first where it wants that (RFC 9126).</summary>
    public async Task<Uri> AddressOfLoginAsync(Parameters asked, CancellationToken cancellationToken)
    {
        var endpoint = Endpoint(_found.AuthorizeEndpoint, "authorization code flow; try --device");
        asked.Add(OidcConstants.AuthorizeRequest.ClientId, _clientId);
        asked.Add(OidcConstants.AuthorizeRequest.ResponseType, OidcConstants.ResponseTypes.Code);
        if (_key is not null)
        {
            asked.Add(OidcConstants.AuthorizeRequest.DPoPKeyThumbprint, _key.Thumbprint);
        }

        if (_found.RequirePushedAuthorizationRequests == true)
        {
            using var request = new PushedAuthorizationRequest
            {
                Address = Endpoint(_found.PushedAuthorizationRequestEndpoint, "pushed authorization requests").AbsoluteUri,
                ClientCredentialStyle = ClientCredentialStyle.PostBody,
                Parameters = asked,
            };
            var pushed = await _http.PushAuthorizationAsync(request, cancellationToken);
            cancellationToken.ThrowIfCancellationRequested();
            Expect(pushed);
            asked = new Parameters { { OidcConstants.AuthorizeRequest.ClientId, _clientId }, { OidcConstants.AuthorizeRequest.RequestUri, pushed.RequestUri! } };
        }

        return new Uri(new RequestUrl(endpoint.AbsoluteUri).Create(asked));
    }

    /// <summary>Asks for a code that somebody enters at another device (RFC 8628, 3.1).</summary>
    public async Task<DeviceAuthorizationResponse> StartDeviceAsync(Parameters asked, CancellationToken cancellationToken)
    {
        using var request = new DeviceAuthorizationRequest
        {
            Address = Endpoint(_found.DeviceAuthorizationEndpoint, "device flow; log in without --device").AbsoluteUri,
            ClientId = _clientId,
            ClientCredentialStyle = ClientCredentialStyle.PostBody,
            Parameters = asked,
        };
        var answer = await _http.RequestDeviceAuthorizationAsync(request, cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        Expect(answer);
        return answer;
    }

    /// <summary>Asks for tokens; what stands against it is in the answer.</summary>
    public async Task<TokenResponse> AskAsync(string grant, Parameters asked, CancellationToken cancellationToken)
    {
        var answer = await SendAsync(grant, asked, cancellationToken);
        if (_key is not null && answer is { IsError: true, Error: OidcConstants.TokenErrors.UseDPoPNonce, DPoPNonce: { Length: > 0 } nonce })
        {
            _nonce = nonce;
            answer = await SendAsync(grant, asked, cancellationToken);
        }

        _nonce = answer.DPoPNonce is { Length: > 0 } next ? next : _nonce;
        return answer;
    }

    /// <summary>Asks for tokens, and takes no other answer.</summary>
    /// <exception cref="LoginRefused">The provider gives none, or others than were asked for.</exception>
    /// <exception cref="CommandFault">The provider does not answer.</exception>
    public async Task<TokenResponse> GetAsync(string grant, Parameters asked, CancellationToken cancellationToken)
    {
        var answer = await AskAsync(grant, asked, cancellationToken);
        Expect(answer);
        return answer;
    }

    /// <summary>RFC 7009. False where the provider has no way to.</summary>
    public async Task<bool> RevokeAsync(string refreshToken, CancellationToken cancellationToken)
    {
        if (_found.RevocationEndpoint is null)
        {
            return false;
        }

        using var request = new TokenRevocationRequest
        {
            Address = Endpoint(_found.RevocationEndpoint, "revocation").AbsoluteUri,
            ClientId = _clientId,
            ClientCredentialStyle = ClientCredentialStyle.PostBody,
            Token = refreshToken,
            TokenTypeHint = OidcConstants.TokenTypes.RefreshToken,
        };
        var answer = await _http.RevokeTokenAsync(request, cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        Expect(answer);
        return true;
    }

    /// <exception cref="LoginRefused">The provider said no, or gave a token of another kind than was asked for.</exception>
    /// <exception cref="CommandFault">The provider does not answer.</exception>
    public void Expect(ProtocolResponse answer)
    {
        if (answer.IsError)
        {
            throw Refusal(answer) is { } error
                ? new LoginRefused($"The provider refused: {PlainText.Of(error)}{Described(answer.TryGet(OidcConstants.TokenResponse.ErrorDescription))}")
                : new CommandFault($"The provider {Issuer} does not answer as it should: {PlainText.Of(answer.Error ?? answer.HttpStatusCode.ToString())}", answer.Exception);
        }

        if (answer is TokenResponse tokens)
        {
            // A provider that ignores the proof would turn a bound token into one that anybody can use.
            var (wanted, given) = (_key is null ? OidcConstants.TokenResponse.BearerTokenType : OidcConstants.AuthenticationSchemes.AuthorizationHeaderDPoP, tokens.TokenType ?? "");
            if (string.IsNullOrEmpty(tokens.AccessToken) || !given.Equals(wanted, StringComparison.OrdinalIgnoreCase))
            {
                throw new LoginRefused($"The provider gave a token of type '{PlainText.Of(given)}', not {wanted}: " + (_key is null ? "log in with --dpop." : "it does not bind this client's tokens. Have that switched on, or log in without --dpop."));
            }
        }
    }

    /// <summary>The error of OAuth in an answer; null where it is none. A client that is not known gets it in a 401 (RFC 6749, 5.2).</summary>
    private static string? Refusal(ProtocolResponse answer) => answer switch
    {
        { ErrorType: ResponseErrorType.Protocol } => answer.Error,
        { ErrorType: ResponseErrorType.Http, HttpStatusCode: >= HttpStatusCode.BadRequest and < HttpStatusCode.InternalServerError, Json: { ValueKind: JsonValueKind.Object } json }
            when json.TryGetProperty(OidcConstants.TokenResponse.Error, out var error) && error.ValueKind == JsonValueKind.String => error.GetString(),
        _ => null,
    };

    private static string Described(string? description) => string.IsNullOrWhiteSpace(description) ? "." : $" ({PlainText.Of(description)}).";

    private static Uri Endpoint(string? address, string what) =>
        address is null ? throw new CommandFault($"The provider has no endpoint for the {what}.") : SafeAddress.Of(address, $"The provider's endpoint for the {what}");

    private async Task<TokenResponse> SendAsync(string grant, Parameters asked, CancellationToken cancellationToken)
    {
        var endpoint = Endpoint(_found.TokenEndpoint, "tokens");
        using var request = new TokenRequest
        {
            Address = endpoint.AbsoluteUri,
            ClientId = _clientId,
            ClientCredentialStyle = ClientCredentialStyle.PostBody,
            GrantType = grant,
            Parameters = [.. asked],
            DPoPProofToken = _key?.Prove(HttpMethod.Post, endpoint, nonce: _nonce),
        };
        var answer = await _http.RequestTokenAsync(request, cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        return answer;
    }
}
