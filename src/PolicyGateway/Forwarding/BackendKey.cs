using Microsoft.Net.Http.Headers;

namespace PolicyGateway.Forwarding;

/// <summary>The credential that a server asks for, as it is sent. Its value is printed nowhere.</summary>
internal sealed record BackendKey(string Header, string Value)
{
    /// <summary>Headers that may carry it: as a bearer token in the first, bare in the others.</summary>
    public static readonly string[] Headers = [HeaderNames.Authorization, "x-api-key", "api-key", "x-goog-api-key"];

    /// <summary>The key as it is configured; null where there is none.</summary>
    /// <param name="header">One of <see cref="Headers"/>.</param>
    /// <param name="environment">The variable that holds it; null for none.</param>
    /// <param name="file">The file that holds it; null for none.</param>
    public static BackendKey? Read(string header, string? environment, string? file)
    {
        var key = file is not null ? File.ReadAllText(file) : environment is not null ? Environment.GetEnvironmentVariable(environment) : null;
        if (string.IsNullOrWhiteSpace(key))
        {
            return null;
        }

        return new(header, header.Equals(HeaderNames.Authorization, StringComparison.OrdinalIgnoreCase) ? $"Bearer {key.Trim()}" : key.Trim());
    }

    /// <summary>What is wrong with its settings, each by its key.</summary>
    /// <param name="key">The section that they stand in.</param>
    /// <param name="environment">Its <c>ApiKeyEnvironment</c>.</param>
    /// <param name="file">Its <c>ApiKeyFile</c>.</param>
    /// <param name="header">Its <c>ApiKeyHeader</c>.</param>
    public static IEnumerable<string> Faults(string key, string? environment, string? file, string header)
    {
        if (environment is not null && string.IsNullOrWhiteSpace(Environment.GetEnvironmentVariable(environment)))
        {
            yield return $"{key}:ApiKeyEnvironment names the variable '{environment}', which is not set.";
        }

        if (file is not null && !File.Exists(file))
        {
            yield return $"{key}:ApiKeyFile names a file that does not exist.";
        }

        if (environment is not null && file is not null)
        {
            yield return $"{key}: set ApiKeyEnvironment or ApiKeyFile, not both.";
        }

        if (!Headers.Contains(header, StringComparer.OrdinalIgnoreCase))
        {
            yield return $"{key}:ApiKeyHeader must be one of {string.Join(", ", Headers)}.";
        }
    }

    /// <summary>A secret does not print itself.</summary>
    public override string ToString() => $"BackendKey({Header})";
}
