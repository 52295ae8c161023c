namespace PolicyGateway.Audit;

/// <summary>Files and folders that only the gateway's own user may read.</summary>
internal static class PrivateFile
{
    private const UnixFileMode OwnerFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OwnerFolder = OwnerFile | UnixFileMode.UserExecute;

    /// <summary>Makes the folder of a file, and those above it, where they are missing.</summary>
    public static void MakeFolderOf(string file)
    {
        var folder = Path.GetDirectoryName(file)!;
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
        }
        else
        {
            Directory.CreateDirectory(folder, OwnerFolder);
        }
    }

    /// <summary>Makes an empty file where there is none; the mode is set as it is made, never after.</summary>
    public static void MakeIfMissing(string file)
    {
        if (!File.Exists(file))
        {
            MakeFolderOf(file);
            Open(file, FileMode.OpenOrCreate).Dispose();
        }
    }

    public static void WriteNew(string file, string text)
    {
        MakeFolderOf(file);
        using var stream = Open(file, FileMode.CreateNew);
        stream.Write(System.Text.Encoding.UTF8.GetBytes(text));
        stream.Flush(flushToDisk: true);
    }

    public static FileStream Open(string file, FileMode mode, FileShare share = FileShare.ReadWrite)
    {
        var options = new FileStreamOptions
        {
            Mode = mode,
            Access = mode == FileMode.Append ? FileAccess.Write : FileAccess.ReadWrite,
            Share = share,
        };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerFile;
        }

        return new FileStream(file, options);
    }
}
