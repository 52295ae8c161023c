using System.Net;
using PolicyGateway.Tests.Access;

namespace PolicyGateway.Tests.Portal;

/// <summary>A key is narrowed where it is made, and shows what it is for to its owner and to operators.</summary>
public sealed class KeyPagesTests(PortalGateway portal) : IClassFixture<PortalGateway>
{
    private readonly AccessGateway _access = portal.Access;

    [Fact]
    public async Task A_key_is_narrowed_on_its_page_and_shown_so_to_its_owner_and_to_operators()
    {
        using var person = portal.Portal();
        await person.LogInAsync("portal", _access.Person("narrows"));
        var page = await person.GetAsync("/portal/keys");
        Assert.Equal(["cyber", "fraud", "fraud.forgery", "other"], page.Document.QuerySelectorAll("input[name=category]").Select(static input => input.GetAttribute("value")));

        await MadeAsync(person, page, ("scope", "inference moderation"), ("models", " m , "), ("category", "cyber"), ("category", "fraud"));
        await MadeAsync(person, page, ("no_category", "yes"));
        await MadeAsync(person, page);

        string[] shown = ["inference", "inference; categories: none", "inference moderation; models: m; categories: cyber, fraud"];
        Assert.Equal(shown, LimitsOf(await person.GetAsync("/portal/keys")));
        using var console = portal.Console();
        await console.LogInAsync("console", _access.Staff("sees-keys", "auditor"));
        Assert.Equal(shown, LimitsOf(await console.GetAsync($"/console/people?issuer={Uri.EscapeDataString(AccessGateway.Issuer)}&subject=narrows")));
    }

    [Theory]
    [InlineData("scope", "everything", "scope:")]
    [InlineData("models", "no-such-model", "models:")]
    [InlineData("category", "no-such-category", "categories:")]
    [InlineData("category", "cyber", "categories:", "no_category")]
    public async Task What_no_key_can_be_made_of_is_told_above_the_form_and_makes_none(string name, string value, string said, string? also = null)
    {
        using var person = portal.Portal();
        await person.LogInAsync("portal", _access.Person("narrows-wrongly"));

        var page = await person.SendAsync(
            await person.GetAsync("/portal/keys"), "/portal/keys", [("name", "wrong"), ("days", "7"), (name, value), .. also is null ? Array.Empty<(string, string)>() : [(also, "yes")]]);

        Assert.Contains(said, page.Text, StringComparison.Ordinal);
        Assert.Null(page.Document.QuerySelector("#made"));
        Assert.Empty(LimitsOf(await person.GetAsync("/portal/keys")));
    }

    private static async Task MadeAsync(PageReader person, Page page, params (string, string)[] fields) =>
        Assert.NotNull((await person.SendAsync(page, "/portal/keys", [("name", "narrow"), ("days", "7"), .. fields])).Document.QuerySelector("#made"));

    private static string[] LimitsOf(Page page) => [.. page.Expect(HttpStatusCode.OK).Document.QuerySelectorAll("tr:has(td.mono)").Select(static row => row.QuerySelectorAll("td")[3].TextContent.Trim())];
}
