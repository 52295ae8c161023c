using System.Text.Json.Serialization;

namespace PolicyGateway.Demo;

/// <summary>A bearer token for each tier. <paramref name="Professional"/> carries the credential that opens <c>cyber</c>.</summary>
internal sealed record DemoTokens(string Public, string Registered, string Verified, string Professional)
{
    /// <summary>The token of somebody who decides requests and revokes, and to whom no category is open.</summary>
    [JsonIgnore]
    public string Staff { get; init; } = "";

    /// <summary>The credential of the professional.</summary>
    public const string ProfessionalCredential = "security-professional";

    /// <summary>How long the demo's tokens live: long enough for a working day.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(12);

    /// <summary>Makes the four tokens with <paramref name="issue"/>, which takes the tier and the credentials.</summary>
    public static DemoTokens Issue(Func<string, string[], string> issue) => new(
        issue("public", []),
        issue("registered", []),
        issue("verified", []),
        issue("professional", [ProfessionalCredential]));
}
