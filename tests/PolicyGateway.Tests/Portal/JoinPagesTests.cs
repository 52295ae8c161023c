using PolicyGateway.Tests.Access;

namespace PolicyGateway.Tests.Portal;

/// <summary>Joining by the page: it makes the code, shows what is joined, and undoes it.</summary>
public sealed class JoinPagesTests(PortalGateway portal) : IClassFixture<PortalGateway>
{
    private readonly AccessGateway _access = portal.Access;

    [Fact]
    public async Task A_code_of_the_page_joins_the_client_that_brings_it_until_it_is_undone_there()
    {
        using var person = portal.Portal();
        await person.LogInAsync("portal", _access.Person("page-portal"));
        var page = await person.GetAsync("/portal/identities");

        var made = await person.SendAsync(page, "/portal/identities/codes");
        var code = made.Document.QuerySelector("#made")!.TextContent;
        Assert.DoesNotContain(code, (await person.GetAsync("/portal/identities")).Text, StringComparison.Ordinal);
        var join = (await _access.PostAsync("/v1/access/identities", _access.Person("page-client"), new { code })).Expect(201).Text("id");

        var shown = await person.GetAsync("/portal/identities");
        Assert.Contains("Joined logins, newest first", shown.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("page-client", shown.Html, StringComparison.Ordinal);

        using var stranger = portal.Portal();
        await stranger.LogInAsync("portal", _access.Person("page-stranger"));
        var own = (await stranger.GetAsync("/portal/identities")).Document.QuerySelector("input[type=hidden]")!;
        var refused = await stranger.PostAsync($"/portal/identities/{join}/undo", [(own.GetAttribute("name")!, own.GetAttribute("value")!)]);
        Assert.Equal("The join was not undone", refused.Title);

        var undone = await person.SendAsync(shown, $"/portal/identities/{join}/undo");
        Assert.Contains("The join is undone", undone.Text, StringComparison.Ordinal);
        Assert.Empty((await _access.GetAsync("/v1/access/identities", _access.Person("page-client"))).Expect(200).Items);
    }
}
