using PolicyGateway.Access;
using PolicyGateway.Admin.Reads;
using PolicyGateway.Identity;
using PolicyGateway.Portal;

namespace PolicyGateway.Privacy;

/// <summary>A person in what this process remembers: logins of the pages, tokens that were verified, and figures that he is counted in.</summary>
internal sealed class PersonInMemory(Sessions sessions, TokenCache tokens, CountedHours figures)
{
    /// <summary>Forgets him.</summary>
    /// <returns>How many sessions ended.</returns>
    public int Forget(PersonRef person)
    {
        tokens.Forget(person.Issuer, person.Subject);
        figures.Forget();
        return sessions.End(person.Issuer, person.Subject);
    }
}
