using Microsoft.Extensions.Options;
using PolicyGateway.Hosting;

namespace PolicyGateway.Portal;

/// <summary>Where a refused caller gets what is missing, and where he appeals: what is configured, else the pages here, else nowhere.</summary>
internal sealed class PortalLinks(IOptions<GatewayOptions> options, Sites sites)
{
    /// <summary>Where access to a category is asked for.</summary>
    public Uri? Verification(string? category) => options.Value.VerificationUri
        ?? Page(category is null ? "/requests/new" : "/requests/new?category=" + Uri.EscapeDataString(category));

    /// <summary>Where an appeal against a decision is made.</summary>
    public Uri? Appeal(string? decisionId) => options.Value.AppealUri
        ?? Page(decisionId is null ? "/appeals/new" : "/appeals/new?decision=" + Uri.EscapeDataString(decisionId));

    private Uri? Page(string path) => sites.Exist ? new Uri(sites.Portal.Url, sites.Portal.Root + path) : null;
}
