using System.Globalization;
using System.Text;

namespace PolicyGateway.Identity;

/// <summary>
/// Writes <c>WWW-Authenticate</c>: RFC 6750 errors, RFC 9470 step-up and RFC 9449 demands for a proof, each with the metadata
/// address of RFC 9728.
/// </summary>
internal sealed class BearerChallenge(Uri publicUrl, IReadOnlyList<string>? proofAlgorithms = null)
{
    public const string StepUpError = "insufficient_user_authentication";

    private readonly string _metadata = ProtectedResourceMetadata.Address(publicUrl);
    private readonly string _algorithms = string.Join(' ', proofAlgorithms ?? IssuerOptions.DefaultAlgorithms);

    /// <summary>The challenge for a fault; without one, for a request that came without a credential (which gets no error code).</summary>
    public string For(AuthenticationFault? fault) => fault is null
        ? Write(asksForProof: false, [])
        : Write(fault.AsksForProof, [("error", fault.Error), ("error_description", fault.Description), .. fault.Scope is { } scope ? [("scope", scope)] : Array.Empty<(string, string)>()]);

    /// <summary>Asks for a stronger login (any of <paramref name="acrValues"/>), a fresher one, or both; and for a token that is bound to a key.</summary>
    public string StepUp(IEnumerable<string> acrValues, TimeSpan? maxAge, bool asksForProof = false)
    {
        var parameters = new List<(string, string)>
        {
            ("error", StepUpError),
            ("error_description", "A stronger or more recent login is required."),
        };
        var values = string.Join(' ', acrValues);
        if (values.Length > 0)
        {
            parameters.Add(("acr_values", values));
        }

        if (maxAge is { } age)
        {
            parameters.Add(("max_age", ((long)age.TotalSeconds).ToString(CultureInfo.InvariantCulture)));
        }

        return Write(asksForProof, parameters);
    }

    /// <summary>Asks for a token that is bound to a key of its sender.</summary>
    public string BoundToken() => Write(
        asksForProof: true,
        [("error", AuthenticationFault.InvalidToken), ("error_description", "An access token that is bound to a key of its sender is required.")]);

    private string Write(bool asksForProof, IEnumerable<(string Name, string Value)> parameters) =>
        Write(asksForProof ? "DPoP" : "Bearer", [.. parameters, .. asksForProof ? [("algs", _algorithms)] : Array.Empty<(string, string)>(), ("resource_metadata", _metadata)]);

    private static string Write(string scheme, IEnumerable<(string Name, string Value)> parameters)
    {
        var text = new StringBuilder(scheme);
        var separator = ' ';
        foreach (var (name, value) in parameters)
        {
            text.Append(separator);
            if (separator == ',')
            {
                text.Append(' ');
            }

            text.Append(name).Append("=\"");
            AppendQuoted(text, value);
            text.Append('"');
            separator = ',';
        }

        return text.ToString();
    }

    // RFC 9110, 5.6.4: a quoted string; what it cannot hold is left out rather than let out.
    private static void AppendQuoted(StringBuilder text, string value)
    {
        foreach (var character in value)
        {
            if (character is < ' ' or > '~')
            {
                continue;
            }

            if (character is '"' or '\\')
            {
                text.Append('\\');
            }

            text.Append(character);
        }
    }
}
