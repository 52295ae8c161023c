using System.Net;
using AngleSharp.Dom;
using AngleSharp.Html.Parser;

namespace PolicyGateway.Tests.Cli.Login;

/// <summary>Somebody with a browser, who sends every form that he is shown.</summary>
internal static class SomebodyAtProvider
{
    /// <summary>Follows an address until a page has no form; returns that page's text.</summary>
    /// <param name="address">The address that a command printed.</param>
    /// <param name="account">Who he says that he is.</param>
    /// <param name="method">How he logs in.</param>
    public static async Task<string> FollowAsync(string address, string account, string method = "pwd")
    {
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false, CookieContainer = new CookieContainer() });
        var response = await client.GetAsync(new Uri(address));
        for (var forms = 0; ; forms++)
        {
            var (at, page) = (response.RequestMessage!.RequestUri!, await new HtmlParser().ParseDocumentAsync(await response.Content.ReadAsStringAsync()));
            response.Dispose();
            if (page.QuerySelector("form") is not { } form)
            {
                return page.Body!.Text().Trim();
            }

            Assert.True(forms < 5, $"The provider asks again and again: {page.Body!.Text()}");
            var fields = form.QuerySelectorAll("input").ToDictionary(input => input.GetAttribute("name")!, input => input.GetAttribute("value") ?? "");
            if (form.QuerySelector("input[name=account]") is not null)
            {
                (fields["account"], fields["acr"]) = (account, method);
            }

            using var content = new FormUrlEncodedContent(fields);
            response = await client.PostAsync(new Uri(at, form.GetAttribute("action")), content);
        }
    }
}
