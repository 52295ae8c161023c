namespace PolicyGateway.Revocation;

/// <summary>What can be revoked.</summary>
internal enum RevocationTarget
{
    /// <summary>Every token of an issuer.</summary>
    Issuer,

    /// <summary>Every token that names the organisation.</summary>
    Organisation,

    /// <summary>Every token of a person.</summary>
    Person,

    /// <summary>A credential that an issuer asserts: of one person, or of everybody.</summary>
    Credential,
}

/// <summary>Something that counts no longer.</summary>
internal sealed record RevocationEntry
{
    public required string Id { get; init; }

    public required RevocationTarget Target { get; init; }

    /// <summary>The issuer that the target belongs to.</summary>
    public required string Issuer { get; init; }

    /// <summary>The person (<c>sub</c>); for a credential null where everybody's is meant.</summary>
    public string? Subject { get; init; }

    /// <summary>In the subject's place where the person was erased: a keyed digest that knows him again, and tells nobody who he is.</summary>
    public string? SubjectDigest { get; init; }

    /// <summary>The organisation or the credential.</summary>
    public string? Name { get; init; }

    /// <summary>Only tokens that were issued before this time; null takes all, until the revocation is lifted.</summary>
    public DateTimeOffset? IssuedBefore { get; init; }

    public required DateTimeOffset At { get; init; }

    /// <summary>When nothing is left that it could concern, such as tokens issued before a moment; null keeps it.</summary>
    public DateTimeOffset? ForgetAt { get; init; }

    /// <summary>Who revoked it: an operator, or a transmitter of security events.</summary>
    public required string By { get; init; }

    /// <summary>Whose name <see cref="By"/> is: the operator's issuer, or the transmitter's; null in records of gateways that did not keep it.</summary>
    public string? ByIssuer { get; init; }

    /// <summary>Why, in the words of whoever revoked it.</summary>
    public required string Reason { get; init; }
}
