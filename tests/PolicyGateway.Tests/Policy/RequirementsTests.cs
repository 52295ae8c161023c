using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using PolicyGateway.Identity;
using PolicyGateway.Policy;

namespace PolicyGateway.Tests.Policy;

/// <summary>What the public can read, over real HTTP.</summary>
public sealed class RequirementsTests
{
    private static readonly Uri Verification = new("https://verify.example/apply?from=a&to=b");
    private static readonly Uri Appeal = new("https://verify.example/appeal");

    [Fact]
    public async Task The_page_says_what_opens_each_category_and_runs_nothing()
    {
        await using var app = await Serve(ThePolicy.Shipped, Verification, Appeal);
        using var response = await Get(app, RequirementsEndpoint.PagePath);
        var page = await response.Content.ReadAsStringAsync();

        Assert.Equal("text/html; charset=utf-8", response.Content.Headers.ContentType?.ToString());
        Assert.StartsWith("default-src 'none'; style-src 'sha256-", response.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        Assert.Equal("nosniff", response.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.DoesNotContain("<script", page, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("<html lang=\"en\">", page, StringComparison.Ordinal);
        Assert.Contains("security-professional", page, StringComparison.Ordinal);
        Assert.Contains("href=\"https://verify.example/apply?from=a&amp;to=b\"", page, StringComparison.Ordinal);
        Assert.Equal(ThePolicy.Shipped.Categories.Length, page.Split("<article").Length - 1);
    }

    [Fact]
    public async Task The_document_names_the_requirements_and_no_threshold_and_no_response()
    {
        await using var app = await Serve(ThePolicy.Shipped, Verification, Appeal);
        using var response = await Get(app, RequirementsEndpoint.JsonPath);
        var text = await response.Content.ReadAsStringAsync();
        using var document = JsonDocument.Parse(text);
        var categories = document.RootElement.GetProperty("categories").EnumerateArray().ToDictionary(one => one.GetProperty("category").GetString()!);

        Assert.Equal("application/json", response.Content.Headers.ContentType?.MediaType);
        Assert.Equal(Appeal.AbsoluteUri, document.RootElement.GetProperty("appeal_uri").GetString());
        Assert.Equal("verified", categories["cyber"].GetProperty("required_tier").GetString());
        Assert.Equal("phr", categories["bio"].GetProperty("acr_values")[0].GetString());
        Assert.Equal(43200, categories["bio"].GetProperty("max_age").GetInt64());
        Assert.Equal("never", categories["minors"].GetProperty("opens").GetString());
        Assert.False(categories["minors"].TryGetProperty("required_tier", out _));
        Assert.DoesNotContain("uncertain", text, StringComparison.Ordinal);
        Assert.DoesNotContain("refuse\"", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task That_a_bound_token_is_needed_stands_on_the_page_and_in_the_document_where_it_is()
    {
        foreach (var isNeeded in new[] { true, false })
        {
            var flag = isNeeded ? "true" : "false";
            await using var app = await Serve(
                ThePolicy.Load("""{"name":"n","categories":{"cyber":{"requires":{"tier":"verified","any_of":[],"sender_constrained":FLAG}}}}""".Replace("FLAG", flag, StringComparison.Ordinal)), null, null);
            using var page = await Get(app, RequirementsEndpoint.PagePath);
            using var json = await Get(app, RequirementsEndpoint.JsonPath);

            Assert.Equal(isNeeded, (await page.Content.ReadAsStringAsync()).Contains("Bound to a key of the client", StringComparison.Ordinal));
            Assert.Equal(isNeeded, (await json.Content.ReadAsStringAsync()).Contains("\"sender_constrained\":true", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Addresses_that_are_not_set_are_left_out_and_what_an_operator_writes_is_text()
    {
        var policy = ThePolicy.Load("""
            {"name":"<b>n</b>","categories":{"cyber":{"title":"<script>alert(1)</script>","description":"\"&'<",
             "requires":{"tier":"verified","any_of":["<i>"]},"issuers":["<img src=x>"],"how_long":"<u>","verification_uri":"https://x.example/?a='&b=%22><c>"}}}
            """);
        await using var app = await Serve(policy, null, null);
        using var page = await Get(app, RequirementsEndpoint.PagePath);
        using var json = await Get(app, RequirementsEndpoint.JsonPath);
        var html = await page.Content.ReadAsStringAsync();

        foreach (var injected in new[] { "<script", "<b>", "<i>", "<img", "<u>", "<c>", "?a='" })
        {
            Assert.DoesNotContain(injected, html, StringComparison.Ordinal);
        }

        Assert.DoesNotContain("Appeal", html, StringComparison.Ordinal);
        Assert.DoesNotContain("appeal_uri", await json.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private static async Task<WebApplication> Serve(PolicySnapshot policy, Uri? verification, Uri? appeal)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton<IPolicySource>(new Fixed(policy));
        var app = builder.Build();
        app.UseRouting();
        app.MapRequirements(new Vouchers(new IdentityOptions(), ThePolicy.Ladder), verification, appeal);
        await app.StartAsync();
        return app;
    }

    private static async Task<HttpResponseMessage> Get(WebApplication app, string path)
    {
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        using var client = new HttpClient { BaseAddress = new Uri(address) };
        var response = await client.GetAsync(new Uri(path, UriKind.Relative));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return response;
    }

    private sealed record Fixed(PolicySnapshot Current) : IPolicySource;
}
