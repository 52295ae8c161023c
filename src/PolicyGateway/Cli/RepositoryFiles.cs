namespace PolicyGateway.Cli;

/// <summary>
/// Finds what the repository ships (the policy, the model) where no configuration names it: in the working directory, or
/// in a folder above the program, so that commands work from anywhere in a clone.
/// </summary>
internal static class RepositoryFiles
{
    public const string Policy = "policy.json";
    public const string Bundle = "models/ngram-1";
    public const string EncoderBundle = "models/guard-e5-4";

    /// <summary>The full path, or null where it is nowhere.</summary>
    public static string? Find(string relative) =>
        Find(relative, Directory.GetCurrentDirectory(), AppContext.BaseDirectory);

    /// <summary>The full path of what a command cannot do without.</summary>
    /// <exception cref="CommandFault">The message names the option that says where it is.</exception>
    public static string Require(string relative, string option) => Find(relative)
        ?? throw new CommandFault(
            $"{relative} was found neither in {Directory.GetCurrentDirectory()} nor above {AppContext.BaseDirectory}: say where it is with {option}.");

    internal static string? Find(string relative, string workingDirectory, string programDirectory)
    {
        if (Existing(workingDirectory, relative) is { } here)
        {
            return here;
        }

        for (var folder = new DirectoryInfo(programDirectory); folder is not null; folder = folder.Parent)
        {
            if (Existing(folder.FullName, relative) is { } found)
            {
                return found;
            }
        }

        return null;
    }

    private static string? Existing(string folder, string relative)
    {
        var path = Path.Combine(folder, relative);
        return Path.Exists(path) ? path : null;
    }
}
