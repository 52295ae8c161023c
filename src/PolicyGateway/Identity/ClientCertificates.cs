using System.Net;
using System.Security.Cryptography;
using Microsoft.Extensions.Options;

namespace PolicyGateway.Identity;

/// <summary>
/// The client certificate that a request came with, as its SHA-256: of the connection, or, where the connection is a listed
/// proxy's, of the header of RFC 9440 that the proxy sets. Whoever passed it on has seen that the client holds its key.
/// </summary>
internal sealed class ClientCertificates(IOptions<IdentityOptions> options)
{
    // A certificate chain's leaf is 1 to 4 KiB.
    private const int LongestHeader = 16 * 1024;

    private readonly IPNetwork[] _proxies = [.. options.Value.TrustedProxies.Select(text => TrustedProxy.Parse(text)!.Value)];

    /// <summary>Takes the header out of a request, believed or not, so that nothing behind this can.</summary>
    public void Take(HttpContext context)
    {
        if (options.Value.ClientCertificateHeader is not { } header)
        {
            return;
        }

        var values = context.Request.Headers[header];
        context.Request.Headers.Remove(header);
        if (IsProxy(context.Connection.RemoteIpAddress))
        {
            // Also where the proxy saw none: the certificate of the connection is then the proxy's own.
            context.Features.Set(new ProxiedCertificate(values is [{ } value] ? Hash(value) : null));
        }
    }

    /// <summary>Its SHA-256; null where there is none.</summary>
    public static byte[]? HashOf(HttpContext context) =>
        context.Features.Get<ProxiedCertificate>() is { } proxied ? proxied.Hash
        : context.Connection.ClientCertificate is { } certificate ? SHA256.HashData(certificate.RawDataMemory.Span)
        : null;

    private bool IsProxy(IPAddress? peer)
    {
        if (peer is null)
        {
            return false;
        }

        peer = peer.IsIPv4MappedToIPv6 ? peer.MapToIPv4() : peer;
        foreach (var proxy in _proxies)
        {
            if (proxy.Contains(peer))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>A byte sequence of RFC 8941, 3.3.5: base64 between colons.</summary>
    private static byte[]? Hash(string header)
    {
        if (header.Length > LongestHeader || header is not [':', .. var text, ':'] || text.Length == 0)
        {
            return null;
        }

        var bytes = new byte[text.Length];
        return !text.Any(char.IsWhiteSpace) && Convert.TryFromBase64String(text, bytes, out var written) ? SHA256.HashData(bytes.AsSpan(0, written)) : null;
    }

    private sealed record ProxiedCertificate(byte[]? Hash);
}

/// <summary>One entry of <see cref="IdentityOptions.TrustedProxies"/>: an address, or a range such as <c>10.0.0.0/8</c>.</summary>
internal static class TrustedProxy
{
    /// <summary>Null where it is neither, and for the range of everybody.</summary>
    public static IPNetwork? Parse(string? text)
    {
        if (text is null)
        {
            return null;
        }

        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (slash >= 0)
        {
            // An address inside the range in place of its first may mean either.
            return IPNetwork.TryParse(text, out var network) && network.PrefixLength > 0
                && IPAddress.TryParse(text.AsSpan(0, slash), out var first) && first.Equals(network.BaseAddress)
                    ? network
                    : null;
        }

        // "10.1" is an address to some.
        var isWhole = text.Contains(':', StringComparison.Ordinal) || text.Count(static character => character == '.') == 3;
        return isWhole && IPAddress.TryParse(text, out var address) ? new IPNetwork(address, address.GetAddressBytes().Length * 8) : null;
    }
}
