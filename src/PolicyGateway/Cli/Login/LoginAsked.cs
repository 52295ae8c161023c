namespace PolicyGateway.Cli.Login;

/// <summary>What a login is asked of the provider.</summary>
/// <param name="ClientId">As which client.</param>
/// <param name="Resource">What the tokens are for (RFC 8707), where the provider wants to know.</param>
/// <param name="Scope">The scopes.</param>
/// <param name="AcrValues">How strong the login must be.</param>
/// <param name="MaxAge">How many seconds ago it may have been.</param>
/// <param name="Prompt">What the provider shows even where it knows the person: <c>login</c>, <c>consent</c>.</param>
internal sealed record LoginAsked(string ClientId, string? Resource, string Scope, string? AcrValues, int? MaxAge, string? Prompt)
{
    public const string DefaultScope = "openid offline_access";

    /// <summary>The parameters that go into every kind of request for a login.</summary>
    public IEnumerable<KeyValuePair<string, string>> Parameters()
    {
        (string Name, string? Value)[] all =
        [
            ("scope", Scope),
            ("resource", Resource),
            ("acr_values", AcrValues),
            ("max_age", MaxAge?.ToString(System.Globalization.CultureInfo.InvariantCulture)),
            ("prompt", Prompt),
        ];
        return Given(all);
    }

    /// <summary>Those that go into a request for tokens as well.</summary>
    public IEnumerable<KeyValuePair<string, string>> ForTokens() => Given([("resource", Resource)]);

    private static IEnumerable<KeyValuePair<string, string>> Given((string Name, string? Value)[] all) =>
        from parameter in all where parameter.Value is not null select KeyValuePair.Create(parameter.Name, parameter.Value!);
}
