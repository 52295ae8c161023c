using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Duende.IdentityModel;
using Duende.IdentityModel.Client;

namespace PolicyGateway.Cli.Login;

/// <summary>A login in this machine's browser (RFC 8252): authorization code with PKCE, answered to a port of 127.0.0.1.</summary>
internal sealed class CodeFlow(LoginProvider provider, LoginAsked asked, TextWriter progress, TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    /// <param name="open">Shows somebody an address; false where it cannot. Null where nobody wants that.</param>
    /// <param name="cancellationToken">Ends the login.</param>
    /// <exception cref="LoginRefused">The provider, or the person, said no.</exception>
    /// <exception cref="CommandFault">Nobody logged in.</exception>
    public async Task<TokenResponse> RunAsync(Func<Uri, bool>? open, CancellationToken cancellationToken)
    {
        var (state, verifier) = (CryptoRandom.CreateUniqueId(), CryptoRandom.CreateUniqueId(48));
        await using var landing = await LoginLanding.StartAsync(state, provider, cancellationToken);
        Parameters parameters =
        [
            .. asked.Parameters(),
            new(OidcConstants.AuthorizeRequest.RedirectUri, landing.Address.AbsoluteUri),
            new(OidcConstants.AuthorizeRequest.State, state),
            new(OidcConstants.AuthorizeRequest.CodeChallenge, Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(verifier)))),
            new(OidcConstants.AuthorizeRequest.CodeChallengeMethod, OidcConstants.CodeChallengeMethods.Sha256),
        ];
        var address = await provider.AddressOfLoginAsync(parameters, cancellationToken);
        await progress.WriteLineAsync("Log in at this address, in a browser on this machine:");
        await progress.WriteLineAsync(PlainText.Of(address.AbsoluteUri));
        if (open is not null)
        {
            await progress.WriteLineAsync(open(address) ? "It was opened in your browser." : "No browser could be opened here; open the address yourself.");
        }

        try
        {
            var code = await landing.CodeAsync(cancellationToken).WaitAsync(Patience, time, cancellationToken);
            Parameters redeemed =
            [
                new(OidcConstants.TokenRequest.Code, code),
                new(OidcConstants.TokenRequest.RedirectUri, landing.Address.AbsoluteUri),
                new(OidcConstants.TokenRequest.CodeVerifier, verifier),
                .. asked.ForTokens(),
            ];
            return await provider.GetAsync(OidcConstants.GrantTypes.AuthorizationCode, redeemed, cancellationToken);
        }
        catch (TimeoutException)
        {
            throw new CommandFault($"Nobody logged in for {Patience.TotalMinutes:0} minutes. Type the command again.");
        }
    }
}
