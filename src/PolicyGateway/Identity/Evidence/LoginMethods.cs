using System.Collections.Immutable;
using System.Text.Json;

namespace PolicyGateway.Identity.Evidence;

/// <summary>
/// What the methods of a login (<c>amr</c>, RFC 8176) are worth: for issuers that name them and no useful <c>acr</c>. A method that the
/// issuer's entry does not list means nothing.
/// </summary>
internal sealed class LoginMethods(IssuerOptions issuer)
{
    private readonly ClaimPath? _path = issuer.Amr.Count == 0 ? null : ClaimPath.Parse(issuer.AmrClaim);

    /// <summary>The authentication context classes that the login's methods count as.</summary>
    public ImmutableArray<string> AcrsOf(JsonElement payload) => _path is null
        ? []
        : [.. _path.Select(payload)
            .Where(static method => method.ValueKind == JsonValueKind.String)
            .Select(method => issuer.Amr.GetValueOrDefault(method.GetString()!))
            .OfType<string>()
            .Distinct(StringComparer.Ordinal)];

    /// <summary>What is wrong with the entry: the key below it, and how to mend it.</summary>
    public static IEnumerable<(string Key, string What)> Faults(IssuerOptions issuer)
    {
        if (issuer.Amr.Count > 0 && string.IsNullOrWhiteSpace(issuer.AmrClaim))
        {
            yield return ("AmrClaim", "Amr has no effect without a claim to read the methods from");
        }

        foreach (var (method, acr) in issuer.Amr)
        {
            if (string.IsNullOrWhiteSpace(method) || string.IsNullOrWhiteSpace(acr) || acr.Any(static character => char.IsWhiteSpace(character) || char.IsControl(character)))
            {
                yield return ($"Amr:{method}", "name the one acr value, without white space, that the method counts as");
            }
        }
    }
}
