using System.Net;
using AngleSharp.Dom;
using AngleSharp.Html.Dom;
using AngleSharp.Html.Parser;

namespace PolicyGateway.Tests.Portal;

/// <summary>Somebody with a browser that runs no scripts: cookies, pages, forms.</summary>
internal sealed class PageReader(Uri address) : IDisposable
{
    private readonly SocketsHttpHandler _handler = new() { UseProxy = false, AllowAutoRedirect = false, CookieContainer = new CookieContainer() };
    private HttpClient? _client;

    public HttpClient Client => _client ??= new HttpClient(_handler) { BaseAddress = address };

    public CookieContainer Cookies => _handler.CookieContainer;

    /// <summary>Looks at a page, following redirects.</summary>
    public async Task<Page> GetAsync(string path)
    {
        using var response = await Client.GetAsync(path);
        return await FollowAsync(response);
    }

    /// <summary>Sends the page's form that leads to <paramref name="action"/>, with what it holds and what is written into it.</summary>
    public Task<Page> SendAsync(Page page, string action, params (string Name, string Value)[] written)
    {
        var form = page.Document.QuerySelectorAll("form").OfType<IHtmlFormElement>().First(form =>
            form.GetAttribute("action") == action || form.QuerySelector($"[formaction='{action}']") is not null);
        var fields = form.QuerySelectorAll("input[type=hidden]").Select(input => (input.GetAttribute("name")!, input.GetAttribute("value") ?? ""));
        return PostAsync(action, [.. fields, .. written]);
    }

    public async Task<Page> PostAsync(string path, IEnumerable<(string Name, string Value)> fields)
    {
        using var content = new FormUrlEncodedContent(fields.Select(field => KeyValuePair.Create(field.Name, field.Value)));
        using var response = await Client.PostAsync(path, content);
        return await FollowAsync(response);
    }

    /// <summary>Logs in with a token at a gateway with a development issuer.</summary>
    public async Task<Page> LogInAsync(string site, string token)
    {
        var page = await GetAsync($"/{site}/login");
        return await SendAsync(page, $"/{site}/login", ("token", token));
    }

    public void Dispose()
    {
        _client?.Dispose();
        _handler.Dispose();
    }

    private async Task<Page> FollowAsync(HttpResponseMessage response)
    {
        if (response.StatusCode == HttpStatusCode.Found)
        {
            return await GetAsync(response.Headers.Location!.OriginalString);
        }

        var text = await response.Content.ReadAsStringAsync();
        return new Page(response.StatusCode, await new HtmlParser().ParseDocumentAsync(text), text, response.RequestMessage!.RequestUri!.PathAndQuery,
            response.Headers.Concat(response.Content.Headers).ToDictionary(header => header.Key, header => string.Join(',', header.Value), StringComparer.OrdinalIgnoreCase));
    }
}

/// <summary>A page as it arrived.</summary>
internal sealed record Page(HttpStatusCode Status, IDocument Document, string Html, string Path, IReadOnlyDictionary<string, string> Headers)
{
    public string Title => Document.QuerySelector("h1")?.TextContent ?? "";

    /// <summary>The text that a reader sees.</summary>
    public string Text => string.Join(' ', (Document.QuerySelector("main")?.TextContent ?? "").Split(default(char[]), StringSplitOptions.RemoveEmptyEntries));

    public Page Expect(HttpStatusCode status)
    {
        Assert.True(Status == status, $"{Status}, not {status}: {Text}");
        return this;
    }
}
