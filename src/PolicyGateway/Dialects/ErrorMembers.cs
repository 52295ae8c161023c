using System.Globalization;
using System.Text.Json;

namespace PolicyGateway.Dialects;

/// <summary>The members that say what is missing and where to get it, as every dialect's error bears them beside its own.</summary>
internal static class ErrorMembers
{
    public static void Write(Utf8JsonWriter json, GatewayError error)
    {
        WriteIfSet(json, "category", error.Category);
        WriteIfSet(json, "required_tier", error.RequiredTier);
        if (!error.RequiredCredentials.IsEmpty)
        {
            json.WriteStartArray("required_credentials");
            foreach (var credential in error.RequiredCredentials)
            {
                json.WriteStringValue(credential);
            }

            json.WriteEndArray();
        }

        WriteIfSet(json, "grant", error.Grant);
        WriteIfSet(json, "opens_again_at", error.OpensAgainAt?.UtcDateTime.AddTicks(TimeSpan.TicksPerSecond - 1).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
        WriteIfSet(json, "verification_uri", error.VerificationUri?.AbsoluteUri);
        WriteIfSet(json, "appeal_uri", error.AppealUri?.AbsoluteUri);
        WriteIfSet(json, "decision_id", error.DecisionId);
    }

    public static void WriteIfSet(Utf8JsonWriter json, string name, string? value)
    {
        if (value is not null)
        {
            json.WriteString(name, value);
        }
    }
}
