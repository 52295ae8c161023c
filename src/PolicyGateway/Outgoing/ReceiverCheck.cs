using PolicyGateway.Configuration;
using PolicyGateway.Identity;

namespace PolicyGateway.Outgoing;

/// <summary>What the settings of all receivers are held against; each fault begins with the key to mend.</summary>
internal static class ReceiverCheck
{
    private const int LongestName = 64;

    /// <summary>Names become labels of metrics, and tell receivers apart in the store.</summary>
    public static void Names(IReadOnlyList<string> names, string section, List<string> faults)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var index = 0; index < names.Count; index++)
        {
            if (names[index] is not { Length: > 0 and <= LongestName } name || name.Any(static c => !char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_' or '.')))
            {
                faults.Add($"{section}:{index}:Name must be 1 to {LongestName} letters, digits, '-', '_' or '.'.");
            }
            else if (!seen.Add(name))
            {
                faults.Add($"{section}:{index}:Name: '{name}' is used by a receiver above; each needs its own.");
            }
        }
    }

    public static void Address(Uri? address, string key, List<string> faults)
    {
        if (address is null || !KeyDownload.IsSafe(address) || address.UserInfo.Length > 0 || address.Fragment.Length > 0)
        {
            faults.Add($"{key} must be an absolute https address without user or fragment; http is accepted for loopback addresses only.");
        }
    }

    /// <param name="key">The receiver's key.</param>
    /// <param name="name">The settings' name without <c>Environment</c> and <c>File</c>.</param>
    /// <param name="environment">The variable.</param>
    /// <param name="file">The file.</param>
    /// <param name="wanted">Says what is wrong with a secret; null where it is fit.</param>
    /// <param name="faults">Where faults are added.</param>
    public static void Secret(string key, string name, string? environment, string? file, Func<string, string?> wanted, List<string> faults)
    {
        if (environment is not null && file is not null)
        {
            faults.Add($"{key}: set {name}Environment or {name}File, not both.");
            return;
        }

        var setting = $"{key}:{name}{(file is null ? "Environment" : "File")}";
        string? secret;
        try
        {
            secret = Secrets.Read(environment, file);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or ArgumentException)
        {
            faults.Add($"{setting} names a file that cannot be read.");
            return;
        }

        if (secret is null)
        {
            faults.Add($"{setting} names no secret.");
        }
        else if (wanted(secret) is { } wrong)
        {
            faults.Add($"{setting} {wrong}");
        }
    }
}
