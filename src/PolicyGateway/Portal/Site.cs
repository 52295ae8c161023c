using Microsoft.Net.Http.Headers;

namespace PolicyGateway.Portal;

/// <summary>One of the two sets of pages.</summary>
/// <param name="Name">The first part of each of its paths.</param>
/// <param name="Url">Its address as browsers see it.</param>
/// <param name="FormTargets">Origins beside its own that a form may lead to: the provider, by logging out.</param>
internal sealed record Site(string Name, Uri Url, string FormTargets = "")
{
    /// <summary>The scheme of its cookie.</summary>
    public string Session => Name + "-session";

    /// <summary>The scheme of the login at the provider.</summary>
    public string Login => Name + "-login";

    public string Root => "/" + Name;

    public string SignedIn => Root + "/signed-in";

    public string SignedOut => Root + "/signed-out";

    /// <summary>Where somebody logs in who wants to see a page.</summary>
    public string LoginFor(string path) => $"{Root}/login?return={Uri.EscapeDataString(path)}";

    /// <summary>A path of this site as somebody sent it; its first page where it is none, so that nobody is sent elsewhere.</summary>
    public string Local(string? path) =>
        path is { Length: < 1_000 } && (path == Root || path.StartsWith(Root + "/", StringComparison.Ordinal) || path.StartsWith(Root + "?", StringComparison.Ordinal))
        && !path.Any(static c => char.IsControl(c) || c is '\\')
        && Uri.TryCreate("http://site" + path, UriKind.Absolute, out var uri) && uri.AbsolutePath is { } plain && (plain == Root || plain.StartsWith(Root + "/", StringComparison.Ordinal))
            ? path
            : Root;

    /// <summary>
    /// Takes a request as one to the address that is configured, whatever its <c>Host</c> says and whoever ended its TLS: addresses
    /// that are sent out and the cookies' <c>Secure</c> follow from it. Nothing is loaded from elsewhere and no script runs.
    /// </summary>
    public void Receive(HttpContext context)
    {
        (context.Request.Scheme, context.Request.Host) = (Url.Scheme, HostString.FromUriComponent(Url));
        var headers = context.Response.Headers;
        headers.CacheControl = "no-store";
        headers.ContentSecurityPolicy =
            $"default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'{FormTargets}; base-uri 'none'; frame-ancestors 'none'";
        headers.XContentTypeOptions = "nosniff";
        headers[HeaderNames.XFrameOptions] = "DENY";
        headers["Referrer-Policy"] = "same-origin";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
    }
}

/// <summary>Both of them, and how people log in.</summary>
/// <param name="Portal">The professional's pages, on the public address.</param>
/// <param name="Console">The operator's, on the management address.</param>
/// <param name="HasProvider">Whether an OpenID provider is configured.</param>
/// <param name="TakesTokens">Whether a login by a token is offered: only with a development issuer, whose tokens anybody can make.</param>
internal sealed record Sites(Site Portal, Site Console, bool HasProvider, bool TakesTokens)
{
    /// <summary>Whether there are pages at all.</summary>
    public bool Exist => HasProvider || TakesTokens;
}
