using PolicyGateway.Identity;
using PolicyGateway.Outgoing.Events;

namespace PolicyGateway.Revocation;

/// <summary>Who may tell that somebody's tokens count no longer: the section <c>Revocation</c>.</summary>
internal sealed class RevocationOptions
{
    public const string Section = "Revocation";

    /// <summary>How long a revocation of the tokens before a moment is kept, which must be longer than any token or API key lives; default 400 days, 1 day to 4,000 days.</summary>
    public TimeSpan KeepFor { get; set; } = TimeSpan.FromDays(400);

    /// <summary>Transmitters of security events; none by default, and then nothing is received.</summary>
    public List<TransmitterOptions> Transmitters { get; set; } = [];

    /// <summary>Who is told of revocations that are made here; nobody by default.</summary>
    public List<EventReceiverOptions> Receivers { get; set; } = [];
}

/// <summary>One transmitter of security event tokens: its keys, of whom it may speak, and how its events come.</summary>
internal sealed class TransmitterOptions
{
    /// <summary>What logs and revocations call it.</summary>
    public string Name { get; set; } = "";

    /// <summary>The exact <c>iss</c> of its events.</summary>
    public string Issuer { get; set; } = "";

    /// <summary>Where discovery starts, as of an issuer of tokens. Without a source of keys they are those of the token issuer of the same <see cref="Issuer"/>.</summary>
    public Uri? Authority { get; set; }

    /// <summary>The document with its <c>issuer</c> and <c>jwks_uri</c>, such as <c>/.well-known/ssf-configuration</c>.</summary>
    public Uri? MetadataAddress { get; set; }

    /// <summary>Static public keys, instead of discovery.</summary>
    public List<KeyOptions> Keys { get; set; } = [];

    /// <summary>A JSON Web Key Set on disk, instead of discovery; relative to the content root.</summary>
    public string? JwksFile { get; set; }

    /// <summary>Accepted signature algorithms, asymmetric ones only; empty means ES256, PS256 and RS256.</summary>
    public List<string> Algorithms { get; set; } = [];

    /// <summary>An event must be meant for one of these.</summary>
    public List<string> Audiences { get; set; } = [];

    /// <summary>The token issuers of whose people it may speak, by their <c>Issuer</c>.</summary>
    public List<string> SubjectIssuers { get; set; } = [];

    /// <summary>Whether it pushes to <c>POST /events</c> of the public address; off by default.</summary>
    public bool Push { get; set; }

    /// <summary>The bearer secret that it pushes with, in this environment variable; or see <see cref="PushSecretFile"/>; or none, the signature being proof enough.</summary>
    public string? PushSecretEnvironment { get; set; }

    /// <summary>The same in this file, white space at its ends ignored.</summary>
    public string? PushSecretFile { get; set; }

    /// <summary>Where its events are fetched (RFC 8936); unset: they are not.</summary>
    public Uri? PollAddress { get; set; }

    /// <summary>Time between two polls that brought nothing; default 1 s, 0.1 s to 5 min. It adds to the time that a revocation takes where the transmitter does not hold polls.</summary>
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>The bearer secret for polling, in this environment variable; or see <see cref="PollSecretFile"/>; or none.</summary>
    public string? PollSecretEnvironment { get; set; }

    /// <summary>The same in this file, white space at its ends ignored.</summary>
    public string? PollSecretFile { get; set; }

    /// <summary>The same as a signer, whose keys are found as those of a token issuer.</summary>
    public IssuerOptions AsSigner() => new()
    {
        Name = Name,
        Issuer = Issuer,
        Authority = Authority,
        MetadataAddress = MetadataAddress,
        Keys = Keys,
        JwksFile = JwksFile,
        Algorithms = Algorithms,
        Audiences = Audiences,
    };

    /// <summary>Whether its keys are those of the token issuer of the same name.</summary>
    public bool HasNoKeysOfItsOwn => Authority is null && MetadataAddress is null && Keys.Count == 0 && JwksFile is null;
}
