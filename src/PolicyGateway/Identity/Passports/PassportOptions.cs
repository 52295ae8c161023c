namespace PolicyGateway.Identity.Passports;

/// <summary>What the GA4GH visas in an issuer's tokens are worth; nothing by default.</summary>
internal sealed class PassportOptions
{
    /// <summary>Who may sign visas, and for whom each speaks. A visa of anybody else is not looked at.</summary>
    public List<VisaIssuerOptions> TrustedVisaIssuers { get; set; } = [];

    /// <summary>Which visas prove which credential.</summary>
    public List<VisaRuleOptions> Visas { get; set; } = [];

    /// <summary>The credential of somebody with registered access: terms accepted, and acknowledged as a researcher.</summary>
    public string? RegisteredAccessCredential { get; set; }

    /// <summary>
    /// Who must have acknowledged the researcher (<c>by</c> of <c>ResearcherStatus</c>), of which it needs one; empty means
    /// <see cref="Acknowledging"/>.
    /// </summary>
    public List<string> RegisteredAccessBy { get; set; } = [];

    /// <summary>Those who speak for more than one person; not the researcher himself (<c>self</c>), nor a <c>peer</c>.</summary>
    public static readonly IReadOnlyList<string> Acknowledging = ["so", "system", "dac"];
}

/// <summary>One issuer of visas.</summary>
internal sealed class VisaIssuerOptions
{
    /// <summary>What logs call it.</summary>
    public string Name { get; set; } = "";

    /// <summary>The exact <c>iss</c> of its visas.</summary>
    public string Issuer { get; set; } = "";

    /// <summary>Where OpenID discovery starts.</summary>
    public Uri? Authority { get; set; }

    /// <summary>The discovery document itself.</summary>
    public Uri? MetadataAddress { get; set; }

    /// <summary>Its key set, and the only <c>jku</c> that its visas may name; compared as text, before anything is fetched.</summary>
    public Uri? JwksUri { get; set; }

    /// <summary>Static public keys.</summary>
    public List<KeyOptions> Keys { get; set; } = [];

    /// <summary>Accepted signature algorithms, asymmetric ones only; empty means ES256, PS256 and RS256.</summary>
    public List<string> Algorithms { get; set; } = [];

    /// <summary>The organisations (<c>source</c>) that it may speak for.</summary>
    public List<string> Sources { get; set; } = [];

    /// <summary>Whether its <c>LinkedIdentities</c> visas are believed.</summary>
    public bool LinksIdentities { get; set; }

    /// <summary>The same as a signer, whose keys are found as those of a token issuer.</summary>
    public IssuerOptions AsSigner() => new()
    {
        Name = Name,
        Issuer = Issuer,
        Authority = Authority,
        MetadataAddress = MetadataAddress,
        JwksUri = JwksUri,
        Keys = Keys,
        Algorithms = Algorithms,
    };
}

/// <summary>A kind of visa, and the credential that it proves.</summary>
internal sealed class VisaRuleOptions
{
    /// <summary>The exact <c>type</c>, such as <c>ControlledAccessGrants</c>.</summary>
    public string Type { get; set; } = "";

    /// <summary>The exact values of which it needs one.</summary>
    public List<string> Values { get; set; } = [];

    /// <summary>The sources of which it needs one; empty takes all that its issuer may speak for.</summary>
    public List<string> Sources { get; set; } = [];

    /// <summary>Who must have asserted it (<c>by</c>), of which it needs one; empty takes any, and a visa that does not say.</summary>
    public List<string> By { get; set; } = [];

    /// <summary>The credential that it proves.</summary>
    public string Credential { get; set; } = "";

    /// <summary>The assurance that the credential gets; none by default.</summary>
    public string? Assurance { get; set; }
}
