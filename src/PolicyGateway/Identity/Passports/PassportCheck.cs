namespace PolicyGateway.Identity.Passports;

/// <summary>Collects the faults of an issuer's <c>Passports</c> under its key.</summary>
internal sealed class PassportCheck(PassportOptions options, string key, List<string> faults)
{
    public void Run()
    {
        var proves = options.Visas.Count > 0 || options.RegisteredAccessCredential is not null;
        if (proves != options.TrustedVisaIssuers.Count > 0)
        {
            Fault("TrustedVisaIssuers", "TrustedVisaIssuers and Visas (or RegisteredAccessCredential) go together: whose visas count, and what they prove");
        }

        if (options.RegisteredAccessCredential is { } credential && string.IsNullOrWhiteSpace(credential))
        {
            Fault("RegisteredAccessCredential", "name the credential, or leave it out");
        }

        for (var index = 0; index < options.TrustedVisaIssuers.Count; index++)
        {
            CheckIssuer(options.TrustedVisaIssuers[index], index);
        }

        for (var index = 0; index < options.Visas.Count; index++)
        {
            CheckRule(options.Visas[index], $"Visas:{index}");
        }
    }

    private void CheckIssuer(VisaIssuerOptions issuer, int index)
    {
        new IssuerCheck(issuer.AsSigner(), $"{key}:TrustedVisaIssuers:{index}", faults).RunVisaIssuer();
        if (IsEmpty(issuer.Sources))
        {
            Fault($"TrustedVisaIssuers:{index}:Sources", "name the organisations that it may speak for");
        }

        if (options.TrustedVisaIssuers.FindIndex(other => other.Issuer == issuer.Issuer) < index)
        {
            Fault($"TrustedVisaIssuers:{index}:Issuer", "an issuer above has the same iss; each needs its own");
        }
    }

    private void CheckRule(VisaRuleOptions rule, string name)
    {
        if (string.IsNullOrWhiteSpace(rule.Type) || rule.Type == Visa.LinkedIdentities)
        {
            Fault($"{name}:Type", "name the exact type of visa; LinkedIdentities joins identities and proves nothing");
        }

        if (IsEmpty(rule.Values))
        {
            Fault($"{name}:Values", "list the exact values that count");
        }

        if (string.IsNullOrWhiteSpace(rule.Credential))
        {
            Fault($"{name}:Credential", "name the credential that it proves");
        }

        if (rule.Sources.Exists(source => !options.TrustedVisaIssuers.Exists(issuer => issuer.Sources.Contains(source))))
        {
            Fault($"{name}:Sources", "holds a source that no issuer of TrustedVisaIssuers may speak for");
        }

        if (rule.By.Exists(static by => by is not ("self" or "peer" or "system" or "so" or "dac")))
        {
            Fault($"{name}:By", "choose from self, peer, system, so, dac");
        }
    }

    private static bool IsEmpty(List<string> texts) => texts.Count == 0 || texts.Exists(string.IsNullOrWhiteSpace);

    private void Fault(string name, string what) => faults.Add($"{key}:{name}: {what}.");
}
