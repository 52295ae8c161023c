using System.Net;
using System.Net.Sockets;
using PolicyGateway.Cli;

namespace PolicyGateway.Demo;

/// <summary>
/// Picks ports before anything listens, because the gateway's public address is part of its configuration. Between the
/// pick and the listening another program may take the port; that ends in the same clear fault as a busy one.
/// </summary>
internal static class DemoPorts
{
    /// <summary>The port itself if it is free, or a free one for 0.</summary>
    /// <exception cref="CommandFault">Somebody else listens there.</exception>
    public static int Resolve(int port)
    {
        using var listener = new TcpListener(IPAddress.Loopback, port);
        try
        {
            listener.Start();
            return ((IPEndPoint)listener.LocalEndpoint).Port;
        }
        catch (SocketException e)
        {
            throw Busy(port, e);
        }
    }

    public static CommandFault Busy(int port, Exception inner) => new(
        $"Port {port} of 127.0.0.1 is not free: choose another with --port, or let --port 0 pick one. ({inner.Message})", inner);
}
