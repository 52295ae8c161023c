using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using PolicyGateway.Configuration;
using PolicyGateway.Identity;

namespace PolicyGateway.Revocation;

/// <summary>One configured transmitter, ready to verify with.</summary>
internal sealed class Transmitter(TransmitterOptions options, IIssuerKeys keys)
{
    // A digest, so that the comparison takes as long whatever is sent.
    private readonly byte[]? _pushSecret =
        Secrets.Read(options.PushSecretEnvironment, options.PushSecretFile) is { } secret ? Digest(secret) : null;

    public TransmitterOptions Options => options;

    public IIssuerKeys Keys => keys;

    public FrozenSet<string> Algorithms { get; } = options.AsSigner().AcceptedAlgorithms().ToFrozenSet(StringComparer.Ordinal);

    /// <summary>What its revocations say of who made them.</summary>
    public string By { get; } = $"transmitter {options.Name}";

    /// <summary>Whether it may push with this secret, or with none.</summary>
    public bool MayPush(string? secret) =>
        options.Push && (_pushSecret is null || CryptographicOperations.FixedTimeEquals(_pushSecret, Digest(secret ?? "")));

    private static byte[] Digest(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));
}

/// <summary>The configured transmitters.</summary>
internal sealed class Transmitters
{
    private readonly FrozenDictionary<string, Transmitter> _byIssuer;

    public Transmitters(
        IOptions<RevocationOptions> options, IOptions<IdentityOptions> identity, TokenIssuers issuers, KeyDownload download, TimeProvider time, ILoggerFactory loggers)
    {
        All = [.. options.Value.Transmitters.Select(transmitter => new Transmitter(
            transmitter,
            transmitter.HasNoKeysOfItsOwn
                ? issuers.Find(transmitter.Issuer)!.Keys
                : TokenIssuers.KeysOf(transmitter.AsSigner(), identity.Value, download, time, loggers)))];
        _byIssuer = All.ToFrozenDictionary(static transmitter => transmitter.Options.Issuer, StringComparer.Ordinal);
    }

    public ImmutableArray<Transmitter> All { get; }

    public Transmitter? Find(string? issuer) => issuer is null ? null : _byIssuer.GetValueOrDefault(issuer);
}
