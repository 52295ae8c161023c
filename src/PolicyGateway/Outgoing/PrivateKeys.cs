using PolicyGateway.Audit;

namespace PolicyGateway.Outgoing;

/// <summary>Secrets that the gateway makes once in its data folder, for its own user alone.</summary>
internal static class PrivateKeys
{
    /// <summary>Reads a file; the first time, makes it.</summary>
    public static string ReadOrMake(string file, Func<string> make)
    {
        if (!File.Exists(file))
        {
            // Written beside and moved: a second process that starts now sees no file or a whole one, and the first to move wins.
            var temporary = $"{file}.{Environment.ProcessId}.{Guid.NewGuid():N}";
            PrivateFile.WriteNew(temporary, make());
            try
            {
                File.Move(temporary, file, overwrite: false);
            }
            catch (IOException) when (File.Exists(file))
            {
                File.Delete(temporary);
            }
        }

        return File.ReadAllText(file);
    }
}
