using System.Net;
using System.Net.Sockets;

namespace PolicyGateway.Tests.Hosting;

/// <summary>
/// Ports for servers that must be told theirs. They lie below those that the system gives to connections, one of which
/// could take a port between its being found free and its being listened at; and each is handed out once.
/// </summary>
internal static class FreePort
{
    private const int First = 20_000;
    private const int Count = 10_000;

    private static int _last = Environment.ProcessId * 37;

    /// <summary>A port of the loopback address that nobody listens at, and that no other test gets.</summary>
    public static int Next()
    {
        while (true)
        {
            var port = First + (int)((uint)Interlocked.Increment(ref _last) % Count);
            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, port);
                listener.Start();
                return port;
            }
            catch (SocketException fault) when (fault.SocketErrorCode is SocketError.AddressAlreadyInUse)
            {
                // Somebody's; the next one.
            }
        }
    }
}
