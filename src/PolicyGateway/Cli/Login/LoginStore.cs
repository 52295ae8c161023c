using System.Text.Json;
using PolicyGateway.Audit;

namespace PolicyGateway.Cli.Login;

/// <summary>The file that holds the login, for its owner alone. It is replaced whole, never written into.</summary>
internal sealed class LoginStore(string file, TimeProvider time)
{
    private const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    /// <summary>Where the command line keeps what is its user's.</summary>
    public static string Folder => Path.Combine(
        Environment.GetEnvironmentVariable("XDG_CONFIG_HOME") is { } named && Path.IsPathFullyQualified(named)
            ? named
            : Environment.GetFolderPath(Environment.SpecialFolder.ApplicationData, Environment.SpecialFolderOption.DoNotVerify),
        "policygateway");

    /// <summary>The file, unless another is named.</summary>
    public static string Usual => Path.Combine(Folder, "login.json");

    public string File { get; } = Path.GetFullPath(file);

    /// <summary>What a command that somebody will copy needs to find it; nothing where it is the usual one.</summary>
    public string Option => File == Path.GetFullPath(Usual) ? "" : $" --store {ShellText.Quoted(File)}";

    /// <summary>Says whether the file is another than before, without reading it.</summary>
    public (DateTime Written, long Length) Stamp()
    {
        var found = new FileInfo(File);
        return found.Exists ? (found.LastWriteTimeUtc, found.Length) : default;
    }

    /// <summary>The login; null where there is none.</summary>
    /// <exception cref="CommandFault">There is something that cannot be used.</exception>
    public StoredLogin? Read() => OfFile(File, "--store", static text =>
    {
        try
        {
            return StoredLogin.Parse(text);
        }
        catch (JsonException)
        {
            return null;
        }
    });

    /// <summary>What a file that is its owner's alone holds; null where it is not there.</summary>
    /// <exception cref="CommandFault">Others may read or write it, it cannot be read, or it holds something else.</exception>
    public static T? OfFile<T>(string path, string option, Func<string, T?> parse)
        where T : class
    {
        try
        {
            if (!System.IO.File.Exists(path))
            {
                return null;
            }

            if (!OperatingSystem.IsWindows() && (System.IO.File.GetUnixFileMode(path) & Others) != 0)
            {
                throw new CommandFault($"{option}: others may read or write '{path}'. Type: chmod 600 {ShellText.Quoted(path)}");
            }

            return parse(System.IO.File.ReadAllText(path)) ?? throw new CommandFault($"{option}: '{path}' holds something else than this command writes. Remove it, or name another file.");
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new CommandFault($"{option}: '{path}' cannot be read: {fault.Message}", fault);
        }
    }

    /// <summary>Finds out, before somebody logs in, whether the login can be kept.</summary>
    /// <exception cref="CommandFault">It cannot.</exception>
    public void Try() => Replace("", next =>
    {
        if (Directory.Exists(File))
        {
            throw new IOException("it is a folder.");
        }

        System.IO.File.Delete(next);
    });

    /// <exception cref="CommandFault">It cannot be written.</exception>
    public void Write(StoredLogin login) => Replace(login.ToJson(), next => System.IO.File.Move(next, File, overwrite: true));

    /// <exception cref="CommandFault">It cannot be removed.</exception>
    public void Delete()
    {
        try
        {
            System.IO.File.Delete(File);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new CommandFault($"--store: '{File}' cannot be removed: {fault.Message}", fault);
        }
    }

    /// <summary>Keeps every other process from using the refresh token: a provider that sees one twice ends the login.</summary>
    /// <exception cref="CommandFault">Another process does not let go.</exception>
    public async Task<IDisposable> LockAsync(CancellationToken cancellationToken)
    {
        var (file, end) = (File + ".lock", time.GetUtcNow() + Patience);
        while (true)
        {
            try
            {
                PrivateFile.MakeFolderOf(file);
                return PrivateFile.Open(file, FileMode.OpenOrCreate, FileShare.None);
            }
            catch (IOException) when (time.GetUtcNow() < end && Directory.Exists(Path.GetDirectoryName(file)))
            {
                await Task.Delay(Pause, time, cancellationToken);
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
            {
                throw new CommandFault($"--store: '{file}' cannot be locked: {fault.Message}", fault);
            }
        }
    }

    private void Replace(string text, Action<string> byThis)
    {
        var next = $"{File}.{Guid.NewGuid():n}";
        try
        {
            PrivateFile.WriteNew(next, text);
            byThis(next);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            if (System.IO.File.Exists(next))
            {
                System.IO.File.Delete(next);
            }

            throw new CommandFault($"--store: '{File}' cannot be written: {fault.Message}", fault);
        }
    }
}
