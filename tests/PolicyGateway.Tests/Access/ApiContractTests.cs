using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using PolicyGateway.Identity;

namespace PolicyGateway.Tests.Access;

/// <summary>
/// What every endpoint of both APIs keeps to, over all of them as the gateway has them: queries, headers, what the documents say.
/// That each answer is described is checked with every request of every other test (<see cref="DescribedApi"/>).
/// </summary>
public sealed class ApiContractTests(AccessGateway access) : IClassFixture<AccessGateway>
{
    private IReadOnlyList<(HttpMethod Method, string Path)> Endpoints => [..
        from endpoint in access.Gateway.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
        let path = endpoint.RoutePattern.RawText!
        where path.StartsWith("/v1/access/", StringComparison.Ordinal) || path.StartsWith("/admin/", StringComparison.Ordinal)
        from method in endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? []
        select (new HttpMethod(method), path.Replace("{id}", "req_0", StringComparison.Ordinal).Replace("{decision}", "dec_0", StringComparison.Ordinal))];

    [Fact]
    public async Task Every_endpoint_is_described_with_the_query_that_it_takes_and_refuses_any_other_by_name()
    {
        Assert.True(Endpoints.Count >= 45, $"{Endpoints.Count} endpoints");
        foreach (var (method, path) in Endpoints)
        {
            var described = await DescriptionAsync(method, path);
            var taken = DescribedApi.Parameters(described, "query");

            await RefusesAsync(method, path, "stauts=open", "stauts");
            await RefusesAsync(method, path, "limits=1", "limits");
            await RefusesAsync(method, path, "LIMIT=1", "LIMIT");
            await RefusesAsync(method, path, "%3Cb%3E%00=1", "What is in it");
            Assert.EndsWith(
                $"which takes {(taken.Length == 0 ? "none" : string.Join(", ", taken))}.", await RefusesAsync(method, path, "stauts=open", "stauts"), StringComparison.Ordinal);
            foreach (var name in taken)
            {
                await RefusesAsync(method, path, $"{name}=1&{name}=1", name);
                await RefusesAsync(method, path, $"{name}=", name);
                await RefusesAsync(method, path, name, name);
                await RefusesAsync(method, path, $"{name}=a%00b", name);
                await RefusesAsync(method, path, $"{name}={new string('1', 301)}", name);
            }
        }
    }

    [Fact]
    public async Task Every_number_word_and_time_of_a_query_is_one_or_is_refused()
    {
        var seen = 0;
        foreach (var (method, path) in Endpoints)
        {
            foreach (var name in DescribedApi.Parameters(await DescriptionAsync(method, path), "query"))
            {
                foreach (var wrong in name switch
                {
                    "limit" => (string[])["0", "-1", "201", "x", "1.5", "99999999999999999999", "+5", "%205"],
                    "after" => ["a%20b", "%27", "..%2F..", new string('1', 100)],
                    "status" or "outcome" or "bucket" => ["1", "none", "open,", "pending,denied"],
                    "from" or "to" => ["never", "2031", "2031-13-01", "1"],
                    _ => [],
                })
                {
                    seen++;
                    await RefusesAsync(method, path, $"{name}={wrong}", name);
                }
            }
        }

        Assert.True(seen > 100, $"{seen}");
    }

    [Fact]
    public async Task Every_list_takes_after_and_limit_and_says_so()
    {
        foreach (var (method, path) in Endpoints)
        {
            var described = await DescriptionAsync(method, path);
            var isList = described.GetProperty("responses").GetProperty(described.GetProperty("responses").EnumerateObject().First().Name).GetRawText().Contains("PageOf", StringComparison.Ordinal)
                && !path.EndsWith("/identities", StringComparison.Ordinal); // ten at most, in one piece
            Assert.Equal(isList || path == "/admin/audit", DescribedApi.Parameters(described, "query").Intersect(["after", "limit"]).Count() == 2);
        }
    }

    [Fact]
    public async Task Every_change_says_that_it_takes_an_idempotency_key_and_refuses_a_bad_one()
    {
        foreach (var (method, path) in Endpoints)
        {
            var says = DescribedApi.Parameters(await DescriptionAsync(method, path), "header").Contains("Idempotency-Key");
            using var reply = await SendAsync(method, path, "changes" + path, ("Idempotency-Key", new string('x', 201)));
            Assert.Equal((path, method == HttpMethod.Post, says), (path, says, (await reply.Content.ReadAsStringAsync()).Contains("invalid_idempotency_key", StringComparison.Ordinal)));
        }
    }

    [Fact]
    public async Task Every_change_that_heeds_If_Match_says_so_and_no_other_does()
    {
        foreach (var (method, path) in Endpoints.Where(static endpoint => endpoint.Method == HttpMethod.Post))
        {
            var says = DescribedApi.Parameters(await DescriptionAsync(method, path), "header").Contains("If-Match");
            using var reply = await SendAsync(method, path, "matches" + path, ("If-Match", "\"x\""));
            Assert.Equal((path, says), (path, reply.StatusCode == HttpStatusCode.PreconditionFailed));
        }
    }

    [Theory]
    [InlineData("GET", "/v1/access", 404, null)]
    [InlineData("GET", "/v1/access/nothing", 404, null)]
    [InlineData("POST", "/v1/access/requests/req_0/nothing", 404, null)]
    [InlineData("DELETE", "/v1/access/requests", 405, "GET, POST")]
    [InlineData("PUT", "/v1/access/requests/req_0", 405, "GET")]
    [InlineData("GET", "/v1/access/break-glass", 405, "POST")]
    [InlineData("OPTIONS", "/v1/access/me", 405, "GET")]
    [InlineData("GET", "/admin", 404, null)]
    [InlineData("GET", "/admin/nothing", 404, null)]
    [InlineData("PATCH", "/admin/grants", 405, "GET, POST")]
    [InlineData("GET", "/admin/requests/req_0/approve", 405, "POST")]
    public async Task What_no_endpoint_answers_is_a_problem_of_this_api(string method, string path, int status, string? allow)
    {
        using var response = await SendAsync(new HttpMethod(method), path, null);
        var problem = JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement;

        Assert.Equal((status, "application/problem+json"), ((int)response.StatusCode, response.Content.Headers.ContentType?.MediaType));
        Assert.Equal(allow, response.Content.Headers.Allow.Count == 0 ? null : string.Join(", ", response.Content.Headers.Allow));
        var type = new Uri(problem.GetProperty("type").GetString()!).AbsolutePath;
        Assert.StartsWith(type.Split('/')[^1], await access.Gateway.Client.GetStringAsync(type), StringComparison.Ordinal);
    }

    [Fact]
    public async Task On_the_public_address_a_path_of_operators_is_any_unknown_path()
    {
        using var response = await access.Gateway.Client.GetAsync(new Uri("/admin/requests", UriKind.Relative));

        Assert.Equal((404, "application/json"), ((int)response.StatusCode, response.Content.Headers.ContentType?.MediaType));
        Assert.Contains("unsupported_endpoint", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("conflict", 200)]
    [InlineData("nothing", 404)]
    [InlineData("%3Cscript%3E", 404)]
    public async Task The_type_of_a_problem_is_a_page_that_says_what_it_means_and_repeats_nothing(string code, int status)
    {
        using var response = await access.Gateway.Client.GetAsync(new Uri($"/problems/{code}", UriKind.Relative));

        Assert.Equal((status, "text/plain"), ((int)response.StatusCode, response.Content.Headers.ContentType?.MediaType));
        Assert.DoesNotContain("script", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_an_operator_does_not_find_is_not_said_to_be_somebody_elses()
    {
        var staff = access.Staff("finds-nothing", "administrator");
        foreach (var (method, path) in Endpoints.Where(static endpoint => endpoint.Path.StartsWith("/admin/", StringComparison.Ordinal) && endpoint.Path.Contains("_0", StringComparison.Ordinal)))
        {
            var reply = (method == HttpMethod.Get ? await access.AdminAsync(path, staff) : await access.AdminAsync(path, staff, path.EndsWith("/rotate", StringComparison.Ordinal) ? new { overlap_hours = 1 } : new { reason = "A test." }));
            if (reply.Status == 404)
            {
                Assert.DoesNotContain("yours", reply.Text("detail"), StringComparison.Ordinal);
            }
        }
    }

    private async Task<string> RefusesAsync(HttpMethod method, string path, string query, string named)
    {
        using var response = await SendAsync(method, $"{path}?{query}", "asks-oddly");
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == HttpStatusCode.BadRequest, $"{method} {path}?{query}: {response.StatusCode} {text}");
        var problem = JsonDocument.Parse(text).RootElement;
        Assert.EndsWith("/invalid_query", problem.GetProperty("type").GetString(), StringComparison.Ordinal);
        Assert.StartsWith(named, problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        return problem.GetProperty("detail").GetString()!;
    }

    private async Task<JsonElement> DescriptionAsync(HttpMethod method, string path)
    {
        var api = path.StartsWith("/admin/", StringComparison.Ordinal) ? access.Described.Management : access.Described.Public;
        return await api.FindAsync(method, path) ?? throw new InvalidOperationException($"{method} {path} is not described.");
    }

    /// <summary>Sends it as somebody who may everything; with a body where there is a method for one.</summary>
    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, string? subject, params (string Name, string Value)[] headers)
    {
        var client = path.StartsWith("/admin", StringComparison.Ordinal) ? access.Management : access.Gateway.Client;
        using var request = new HttpRequestMessage(method, path);
        if (subject is not null)
        {
            request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + access.Gateway.TokenOf(
                new DevelopmentToken("registered") { Subject = subject, Organisation = "contract", Roles = ["administrator", "steward", "responder"] }));
        }

        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        request.Content = method == HttpMethod.Post ? new StringContent("{}", System.Text.Encoding.UTF8, "application/json") : null;
        var response = await client.SendAsync(request);
        await access.CheckAsync(client, response);
        return response;
    }
}
