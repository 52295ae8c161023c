using PolicyGateway.Access;
using PolicyGateway.Identity;
using PolicyGateway.Portal;

namespace PolicyGateway.Privacy;

/// <summary>A person in what this process remembers: logins of the pages, and tokens that were verified.</summary>
internal sealed class PersonInMemory(Sessions sessions, TokenCache tokens)
{
    /// <summary>Forgets him.</summary>
    /// <returns>How many sessions ended.</returns>
    public int Forget(PersonRef person)
    {
        tokens.Forget(person.Issuer, person.Subject);
        return sessions.End(person.Issuer, person.Subject);
    }
}
