namespace PolicyGateway.Identity;

/// <summary>Clients for what others publish: no redirects, since each leads to an address that nobody listed, no cookies, bounded in size and time.</summary>
internal static class BoundedHttp
{
    public static HttpClient New(TimeSpan longest, int mostBytes) => new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        PooledConnectionLifetime = TimeSpan.FromMinutes(2),
        UseCookies = false,
    })
    {
        Timeout = longest,
        MaxResponseContentBufferSize = mostBytes,
    };
}
