namespace PolicyGateway.Configuration;

/// <summary>Secrets stand in an environment variable or in a file, and never in the configuration itself.</summary>
internal static class Secrets
{
    /// <summary>The secret that is configured, without white space at its ends; null for none.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static string? Read(string? environment, string? file)
    {
        var text = file is not null ? File.ReadAllText(file) : environment is not null ? Environment.GetEnvironmentVariable(environment) : null;
        return string.IsNullOrWhiteSpace(text) ? null : text.Trim();
    }
}
