using PolicyGateway.Tests.Access;
using PolicyGateway.Tests.Hosting;

namespace PolicyGateway.Tests.Portal;

/// <summary>A gateway that is known by the address that it listens on, so that a browser here reaches its pages.</summary>
public sealed class PortalGateway : IAsyncLifetime
{
    internal AccessGateway Access { get; } = new();

    internal Uri Url { get; } = new($"http://127.0.0.1:{FreePort.Next()}");

    public Task InitializeAsync()
    {
        Access.Gateway.Settings["Gateway:PublicUrl"] = Access.Gateway.Settings["Gateway:ListenUrl"] = Url.GetLeftPart(UriPartial.Authority);
        return Access.InitializeAsync();
    }

    public Task DisposeAsync() => Access.DisposeAsync();

    internal PageReader Portal() => new(Url);

    internal PageReader Console() => new(Access.Gateway.Management);
}
