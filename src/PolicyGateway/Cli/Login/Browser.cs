using System.ComponentModel;
using System.Diagnostics;

namespace PolicyGateway.Cli.Login;

/// <summary>This machine's browser.</summary>
internal static class Browser
{
    // What opens a browser says within moments that it cannot; some stay for as long as the browser does.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>Shows somebody an address; false where it cannot.</summary>
    public static bool Open(Uri address) => Open(address, OperatingSystem.IsMacOS() ? "open" : "xdg-open");

    /// <param name="address">The address.</param>
    /// <param name="program">What opens it, where the system has no way of its own.</param>
    public static bool Open(Uri address, string program)
    {
        // The shell lends the browser no terminal: what it writes there would stand among what the command says.
        var start = OperatingSystem.IsWindows()
            ? new ProcessStartInfo(address.AbsoluteUri) { UseShellExecute = true }
            : new ProcessStartInfo("/bin/sh", ["-c", "exec \"$0\" \"$1\" </dev/null >/dev/null 2>&1", program, address.AbsoluteUri]);
        try
        {
            using var opening = Process.Start(start);
            return opening is null || !opening.WaitForExit(Patience) || opening.ExitCode == 0;
        }
        catch (Exception fault) when (fault is Win32Exception or PlatformNotSupportedException or InvalidOperationException)
        {
            return false;
        }
    }
}
