using System.Text;
using PolicyGateway.Audit;

namespace PolicyGateway.Identity;

/// <summary>
/// Whoever stands behind a key that many use, by the client's own id of him. It is the client's claim: it opens nothing, and is there to
/// find again who asked for what.
/// </summary>
internal static class EndUser
{
    public const string Header = "PolicyGateway-End-User";

    private const int Longest = 128;

    /// <summary>The id of a request; null where there is none, more than one, or one that is no plain line of text.</summary>
    public static string? Read(HttpRequest request) =>
        request.Headers[Header] is [{ Length: > 0 and <= Longest } id] && !string.IsNullOrWhiteSpace(id) && !id.Any(static c => c is < ' ' or > '~') ? id.Trim() : null;

    /// <summary>What stands in the audit for an id: an organisation's own, and nobody's who does not have the audit's key.</summary>
    public static string PseudonymOf(IAuditLog audit, string? issuer, string? organisation, string id)
    {
        using var hash = audit.CreateReleaseHash();
        hash.AppendData(Encoding.UTF8.GetBytes($"end user\n{issuer?.Length}\n{issuer}\n{organisation?.Length}\n{organisation}\n{id}"));
        return Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 16));
    }
}
