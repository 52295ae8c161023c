namespace PolicyGateway.Policy;

/// <summary>How grave a text is, in order of strictness.</summary>
internal enum Severity
{
    Benign,
    DualUse,

    /// <summary>Opens for nobody.</summary>
    Prohibited,
}

/// <summary>Where a category's probability stands against its thresholds.</summary>
internal enum Band
{
    Clear,
    Uncertain,
    Flagged,
}

/// <summary>The wire names of severities and bands, as they stand in policies, records, metrics and output.</summary>
internal static class SeverityNames
{
    public static string Name(this Severity severity) => severity switch
    {
        Severity.Benign => "benign",
        Severity.DualUse => "dual-use",
        _ => "prohibited",
    };

    public static string Name(this Band band) => band switch
    {
        Band.Clear => "clear",
        Band.Uncertain => "uncertain",
        _ => "flagged",
    };
}
