using System.Globalization;
using System.Text;

namespace PolicyGateway.Identity;

/// <summary>Writes <c>WWW-Authenticate</c>: RFC 6750 errors, RFC 9470 step-up, each with the metadata address of RFC 9728.</summary>
internal sealed class BearerChallenge(Uri publicUrl)
{
    public const string StepUpError = "insufficient_user_authentication";

    private readonly string _metadata = ProtectedResourceMetadata.Address(publicUrl);

    /// <summary>The challenge for a fault; without one, for a request that came without a credential (which gets no error code).</summary>
    public string For(AuthenticationFault? fault) =>
        fault is null
            ? Write([("resource_metadata", _metadata)])
            : Write([("error", fault.Error), ("error_description", fault.Description), ("resource_metadata", _metadata)]);

    /// <summary>Asks for a stronger login (any of <paramref name="acrValues"/>), a fresher one, or both.</summary>
    public string StepUp(IEnumerable<string> acrValues, TimeSpan? maxAge)
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

        parameters.Add(("resource_metadata", _metadata));
        return Write(parameters);
    }

    private static string Write(IEnumerable<(string Name, string Value)> parameters)
    {
        var text = new StringBuilder("Bearer");
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
