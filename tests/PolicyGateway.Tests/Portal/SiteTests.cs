using PolicyGateway.Portal;

namespace PolicyGateway.Tests.Portal;

/// <summary>Where a login leads back to: a page of the same site, whatever its address says.</summary>
public sealed class SiteTests
{
    [Theory]
    [InlineData("/portal/requests?after=1", "/portal/requests?after=1")]
    [InlineData("/portal", "/portal")]
    [InlineData("/portal?x=/../console", "/portal?x=/../console")]
    [InlineData(null, "/portal")]
    [InlineData("", "/portal")]
    [InlineData("/console", "/portal")]
    [InlineData("/portals", "/portal")]
    [InlineData("//evil.example/portal/", "/portal")]
    [InlineData("https://evil.example/portal/", "/portal")]
    [InlineData("/portal/../..//evil.example", "/portal")]
    [InlineData("/portal/%2e%2e/console", "/portal")]
    [InlineData("/portal/..\\evil", "/portal")]
    [InlineData("/portal/\nx", "/portal")]
    public void Nobody_is_sent_elsewhere(string? path, string leadsTo) =>
        Assert.Equal(leadsTo, new Site("portal", new Uri("https://gateway.example")).Local(path));
}
