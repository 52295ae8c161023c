using PolicyGateway.Privacy;

namespace PolicyGateway.Access.Joins;

/// <summary>Two subjects of one issuer that one person proved to be his, such as those that a provider gives two clients (pairwise).</summary>
internal sealed record JoinedIdentity
{
    public required string Id { get; init; }

    /// <summary>Who made the code: the one that others are joined to.</summary>
    public required PersonRef Person { get; init; }

    /// <summary>Who brought the code.</summary>
    public required PersonRef Joined { get; init; }

    public required DateTimeOffset At { get; init; }

    /// <summary>When they became two again; null while they are one. That they were is remembered: one person gives no two words.</summary>
    public DateTimeOffset? UndoneAt { get; init; }

    public bool Names(PersonRef person) => Person == person || Joined == person;

    /// <summary>What is kept of it when they are two again: one record for each two, however often.</summary>
    public JoinedIdentity Undone(PrivacyKey key, DateTimeOffset at) =>
        this with { Id = $"idu_{key.DigestOf(Joined.Issuer, Joined.Subject)}_{key.DigestOf(Person.Issuer, Person.Subject)}", UndoneAt = at };
}

/// <summary>
/// The same as its person sees it. A provider that gives each client another subject does not want them to be compared, so that none is
/// shown to a client that has the other.
/// </summary>
/// <param name="Id">What it is undone by.</param>
/// <param name="Issuer">Of both.</param>
/// <param name="JoinedAt">When.</param>
/// <param name="Joined">A keyed digest of the subject that was joined, as the audit calls it.</param>
/// <param name="To">The same of the one that it was joined to.</param>
/// <param name="IsThisLogin">Whether the subject that was joined is that of the token which asks.</param>
/// <param name="UndoneAt">When they became two again; null while they are one.</param>
internal sealed record OwnIdentity(string Id, string Issuer, DateTimeOffset JoinedAt, string Joined, string To, bool IsThisLogin, DateTimeOffset? UndoneAt)
{
    public static OwnIdentity Of(JoinedIdentity join, PersonRef asking, PrivacyKey key) =>
        new(join.Id, join.Person.Issuer, join.At, key.DigestOf(join.Joined.Issuer, join.Joined.Subject), key.DigestOf(join.Person.Issuer, join.Person.Subject), join.Joined == asking, join.UndoneAt);
}
