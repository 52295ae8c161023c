using System.Security.Cryptography;
using System.Text;
using PolicyGateway.Identity;

namespace PolicyGateway.Access;

/// <summary>A person, who is an issuer's subject and nothing else: never an e-mail address, never a name.</summary>
/// <param name="Issuer">Who says that this is the person.</param>
/// <param name="Subject">The issuer's name for the person.</param>
internal sealed record PersonRef(string Issuer, string Subject)
{
    /// <summary>Stands where a person stood who was erased.</summary>
    public const string Erased = "(erased)";

    /// <summary>What records are found by: a digest, so that an index holds no subject.</summary>
    public string Key() => KeyOf("person", Issuer, Subject);

    /// <summary>The person of an authenticated caller.</summary>
    public static PersonRef? Of(Caller caller) => caller is { Issuer: { } issuer, Subject: { } subject } ? new PersonRef(issuer, subject) : null;

    internal static string KeyOf(string kind, string issuer, string name) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{kind}\n{issuer.Length}\n{issuer}\n{name}")).AsSpan(0, 16));
}

/// <summary>An organisation as an issuer names it.</summary>
internal sealed record OrganisationRef(string Issuer, string Name)
{
    public string Key() => PersonRef.KeyOf("organisation", Issuer, Name);

    public static OrganisationRef? Of(Caller caller) =>
        caller is { Issuer: { } issuer, Organisation: { } name } ? new OrganisationRef(issuer, name) : null;
}
