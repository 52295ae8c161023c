using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using PolicyGateway.Dialects;
using PolicyGateway.Forwarding;
using PolicyGateway.Tests.Fakes;

namespace PolicyGateway.Tests.Inference;

/// <summary>What crosses the gateway beside the body, in both directions: an allow-list.</summary>
public sealed class HeaderTests : IAsyncLifetime
{
    private readonly TheGateway _gateway = new();

    public async Task InitializeAsync()
    {
        var key = Path.Combine(_gateway.Folder, "upstream.key");
        await File.WriteAllTextAsync(key, "upstream-key\n");
        _gateway.Settings["Backends:Clusters:c:ApiKeyFile"] = key;
        await _gateway.InitializeAsync();
    }

    public Task DisposeAsync() => _gateway.DisposeAsync();

    [Fact]
    public async Task The_backend_sees_its_own_key_and_allowed_headers_only()
    {
        using var content = TheGateway.Ask("hello");
        var body = await content.ReadAsByteArrayAsync();

        var answer = await _gateway.SendAsync(content, _gateway.Professional, request =>
        {
            request.RequestUri = new Uri("/v1/chat/completions?api-version=1&secret=query", UriKind.Relative);
            foreach (var (name, value) in new[] { ("cookie", "secret=cookie"), ("x-tier", "secret"), ("x-forwarded-for", "1.2.3.4"), ("x-policygateway-tier", "secret"), ("x-stainless-lang", "js"), ("openai-beta", "b"), ("accept-encoding", "gzip"), ("openai-organization", "secret") })
            {
                request.Headers.TryAddWithoutValidation(name, value);
            }
        });

        Assert.True(answer.Status == System.Net.HttpStatusCode.OK, answer.Everything);
        var received = Assert.Single(_gateway.Backend.Received);
        Assert.Equal("Bearer upstream-key", received.Headers["authorization"]);
        Assert.Equal("js", received.Headers["x-stainless-lang"]);
        Assert.Equal("b", received.Headers["openai-beta"]);
        Assert.Equal("", received.Query);
        Assert.Equal(body, received.Body);
        Assert.DoesNotContain(received.Headers, header => header.Value.Contains("secret", StringComparison.Ordinal));
        Assert.DoesNotContain("accept-encoding", received.Headers.Keys, StringComparer.OrdinalIgnoreCase);
        Assert.DoesNotContain("x-forwarded-for", received.Headers.Keys, StringComparer.OrdinalIgnoreCase);
        Assert.DoesNotContain("cookie", received.Headers.Keys, StringComparer.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("x-api-key")]
    [InlineData("API-Key")]
    [InlineData("x-goog-api-key")]
    public async Task A_backend_gets_its_key_where_it_wants_it(string header)
    {
        await using var gateway = new TheGateway();
        var key = Path.Combine(gateway.Folder, "upstream.key");
        await File.WriteAllTextAsync(key, "upstream-key\n");
        gateway.Settings["Backends:Clusters:c:ApiKeyFile"] = key;
        gateway.Settings["Backends:Clusters:c:ApiKeyHeader"] = header;
        await gateway.InitializeAsync();

        var answer = await gateway.SendAsync(TheGateway.Ask("hello"), gateway.Professional);

        Assert.True(answer.Status == System.Net.HttpStatusCode.OK, answer.Everything);
        var received = Assert.Single(gateway.Backend.Received);
        Assert.Equal("upstream-key", received.Headers[header]);
        Assert.DoesNotContain("authorization", received.Headers.Keys, StringComparer.OrdinalIgnoreCase);
    }

    [Fact]
    public void What_a_dialect_forwards_is_never_a_credential()
    {
        foreach (var dialect in new DialectTable().Routes.Select(route => route.Dialect))
        {
            Assert.Empty(dialect.ForwardedHeaders.Intersect([.. BackendKey.Headers, dialect.CredentialHeader, "cookie"], StringComparer.OrdinalIgnoreCase));
            Assert.Empty(dialect.ForwardedQuery.Intersect(["key", "access_token", "api_key", "api-key"], StringComparer.OrdinalIgnoreCase));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_client_sees_allowed_headers_only_and_no_reason_phrase_or_trailer(bool refused)
    {
        _gateway.Backend.Answer = async context =>
        {
            context.Features.Get<IHttpResponseFeature>()!.ReasonPhrase = "secret phrase";
            context.Response.Headers["x-secret"] = "secret";
            context.Response.Headers.SetCookie = "secret=1";
            context.Response.Headers["content-language"] = "secret";
            context.Response.Headers["openai-processing-ms"] = "12";
            context.Response.ContentType = "application/json";
            if (context.Response.SupportsTrailers())
            {
                context.Response.DeclareTrailer("x-trailer");
            }

            await context.Response.WriteAsync(ScriptedBackend.Completion(refused ? KeywordClassifier.Cyber : "Hello."));
            if (context.Response.SupportsTrailers())
            {
                context.Response.AppendTrailer("x-trailer", "secret");
            }
        };

        var answer = await _gateway.SendAsync(TheGateway.Ask("hello"));

        Assert.Equal(refused ? 403 : 200, (int)answer.Status);
        Assert.DoesNotContain("secret", answer.Everything, StringComparison.Ordinal);
        Assert.Equal(!refused, answer.Headers.ContainsKey("openai-processing-ms"));
        Assert.Equal("no-store", answer.Headers["cache-control"]);
    }

    [Theory]
    [InlineData("/v1/models")]
    [InlineData("/v1/models/m")]
    public async Task A_list_that_depends_on_who_asks_is_kept_by_nobody(string path)
    {
        using var response = await _gateway.Client.GetAsync(path);

        Assert.Equal(200, (int)response.StatusCode);
        Assert.True(response.Headers.CacheControl!.NoStore);
        Assert.StartsWith("dec_", response.Headers.GetValues("x-request-id").Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_header_of_the_backend_is_no_place_for_a_completion()
    {
        _gateway.Backend.Answer = context =>
        {
            context.Response.Headers.RetryAfter = Encoding.UTF8.GetString(new byte[4000].Select(_ => (byte)'x').ToArray());
            return ScriptedBackend.WriteJsonAsync(context, ScriptedBackend.Completion("Hello."));
        };

        var answer = await _gateway.SendAsync(TheGateway.Ask("hello"));

        Assert.False(answer.Headers.ContainsKey("retry-after"));
    }
}
