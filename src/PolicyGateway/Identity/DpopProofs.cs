using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Tokens;
using PolicyGateway.Hosting;
using PolicyGateway.State;

namespace PolicyGateway.Identity;

/// <summary>
/// Checks the proof of one request (RFC 9449, 4.3): the token's key made it, just now, for this token, method and address, and
/// it was not used before. Cheap things first, and the mark last: nobody can use up the proof of another.
/// </summary>
internal sealed class DpopProofs(IStateStore marks, IOptions<IdentityOptions> options, IOptions<GatewayOptions> gateway, TimeProvider time)
{
    public const string NonceHeader = "DPoP-Nonce";

    private const string Scope = "dpop";

    private static readonly SearchValues<char> AddressCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:/?#[]@!$&'()*+,;=%");

    // Not the shared one, where many clients' keys would push out those of issuers.
    private readonly CryptoProviderFactory _signatures = new() { CacheSignatureProviders = false };

    // Made after the store, whose marks are therefore complete for whatever bears one of these nonces.
    private readonly DpopNonces _nonces = new(options.Value.Dpop.NonceLifetime, time);

    private readonly IReadOnlyList<string> _algorithms = options.Value.Dpop.AcceptedAlgorithms();

    /// <summary>Checks a proof, and marks it as used. Null where nothing stands against it.</summary>
    /// <param name="context">The request; its answer is given a nonce where the client needs one.</param>
    /// <param name="token">The access token that the proof was sent with.</param>
    /// <param name="text">The proof.</param>
    /// <param name="bound">What the token is bound to: a key, at least.</param>
    public async ValueTask<AuthenticationFault?> CheckAsync(HttpContext context, string token, string text, Confirmation bound)
    {
        if (DpopProof.Read(text, _algorithms, out var fault) is not { } proof)
        {
            return fault;
        }

        return FaultOf(proof, context.Request, token, bound)
            ?? FreshnessFault(proof, context.Response)
            ?? await MarkAsync(proof, bound.Key!, context.RequestAborted).ConfigureAwait(false);
    }

    private AuthenticationFault? FaultOf(DpopProof proof, HttpRequest request, string token, Confirmation bound)
    {
        if (!CryptographicOperations.FixedTimeEquals(proof.Key.ComputeJwkThumbprint(), bound.Key))
        {
            return AuthenticationFault.OtherProofKey;
        }

        // To import a key costs more than to check with it: 155 us and 93.
        if (!IsSigned(proof, bound.KnownKey ??= proof.Key))
        {
            return AuthenticationFault.ProofSignature;
        }

        if (!string.Equals(proof.Method, request.Method, StringComparison.Ordinal))
        {
            return AuthenticationFault.ProofMethod;
        }

        if (!IsFor(proof.Address, request.Path))
        {
            return AuthenticationFault.ProofAddress;
        }

        return CryptographicOperations.FixedTimeEquals(proof.TokenHash, SHA256.HashData(Encoding.ASCII.GetBytes(token)))
            ? null
            : AuthenticationFault.ProofOfOtherToken;
    }

    private bool IsSigned(DpopProof proof, JsonWebKey key)
    {
        if (!_signatures.IsSupportedAlgorithm(proof.Algorithm, key))
        {
            return false;
        }

        SignatureProvider? provider = null;
        try
        {
            provider = _signatures.CreateForVerifying(key, proof.Algorithm);
            return provider.Verify(Encoding.ASCII.GetBytes(proof.SignedText), proof.Signature);
        }
        catch (Exception exception) when (exception is ArgumentException or NotSupportedException or InvalidOperationException or CryptographicException or SecurityTokenException)
        {
            // A point that is on no curve, a modulus that is none.
            return false;
        }
        finally
        {
            if (provider is not null)
            {
                _signatures.ReleaseSignatureProvider(provider);
            }
        }
    }

    /// <summary>RFC 9449, 4.3: without query and fragment, normalised. Ours is what we publish, never what the Host header says.</summary>
    private bool IsFor(string address, PathString path)
    {
        if (gateway.Value.PublicUrl is not { } ours
            || address.AsSpan().ContainsAnyExcept(AddressCharacters)
            || !Uri.TryCreate(address, UriKind.Absolute, out var uri)
            || uri.UserInfo.Length > 0)
        {
            return false;
        }

        return uri.Scheme == ours.Scheme && uri.Host == ours.Host && uri.Port == ours.Port
            && PathString.FromUriComponent(uri.AbsolutePath) is { Value: { } theirs }
            && theirs == PathString.FromUriComponent(ours.AbsolutePath.TrimEnd('/')).Value + path.Value;
    }

    /// <summary>Made just now, and not so long ago that nobody would remember its first use.</summary>
    private AuthenticationFault? FreshnessFault(DpopProof proof, HttpResponse response)
    {
        var (now, skew) = (time.GetUtcNow(), options.Value.ClockSkew);
        if (proof.MadeAt > now + skew || proof.MadeAt < now - options.Value.Dpop.ProofLifetime - skew)
        {
            return AuthenticationFault.ProofTime;
        }

        // A clock that is ahead may have made it, and somebody used it, as long ago as the skew.
        var (madeSince, isCurrent) = (proof.MadeAt - skew, true);
        if (proof.Nonce is { } nonce)
        {
            madeSince = _nonces.GivenSince(nonce, out isCurrent) ?? DateTimeOffset.MinValue;
        }

        var isWanted = (proof.Nonce is null && options.Value.Dpop.RequireNonce) || madeSince < marks.MarksSince;
        if (isWanted || !isCurrent)
        {
            response.Headers[NonceHeader] = _nonces.Current();
        }

        return isWanted ? AuthenticationFault.NonceWanted : null;
    }

    private async ValueTask<AuthenticationFault?> MarkAsync(DpopProof proof, byte[] boundTo, CancellationToken cancellationToken)
    {
        // Of fixed length, and no two keys share one.
        var id = Base64Url.EncodeToString(SHA256.HashData([.. boundTo, .. Encoding.UTF8.GetBytes(proof.Id)]));

        // A second longer than it counts, since a mark ends with its last moment and a proof after it.
        var until = proof.MadeAt + options.Value.Dpop.ProofLifetime + options.Value.ClockSkew + TimeSpan.FromSeconds(1);
        try
        {
            return await marks.TryMarkAsync(Scope, id, until, cancellationToken).ConfigureAwait(false) ? null : AuthenticationFault.ProofReplayed;
        }
        catch (StateUnavailableException)
        {
            return AuthenticationFault.ReplaysUnknown;
        }
    }
}
