using PolicyGateway.Cli;

namespace PolicyGateway.Demo;

/// <summary>Where a demo keeps its state: a folder that stays, or a temporary one that goes with the demo.</summary>
internal sealed class DemoFolder : IDisposable
{
    private readonly bool _isTemporary;

    private DemoFolder(string path, bool isTemporary)
    {
        Path = path;
        _isTemporary = isTemporary;
    }

    public string Path { get; }

    /// <exception cref="CommandFault">The folder cannot be made.</exception>
    public static DemoFolder Open(string? path)
    {
        try
        {
            return path is null
                ? new DemoFolder(Directory.CreateTempSubdirectory("policygateway-demo-").FullName, true)
                : new DemoFolder(Directory.CreateDirectory(path).FullName, false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new CommandFault($"The folder for the demo's state cannot be made: choose another with --data. ({e.Message})", e);
        }
    }

    public void Dispose()
    {
        if (!_isTemporary)
        {
            return;
        }

        try
        {
            Directory.Delete(Path, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A file that something still holds open stays in the temporary folder, where the system clears it away.
        }
    }
}
