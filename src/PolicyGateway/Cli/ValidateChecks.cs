namespace PolicyGateway.Cli;

/// <summary>What <c>validate</c> looks at: the configuration file, the options, the model bundle, the policy.</summary>
internal static class ValidateChecks
{
    public static Task<ValidateReport> RunAsync(string? configurationFile, CancellationToken cancellationToken) =>
        throw new NotSupportedException(configurationFile + cancellationToken);
}
