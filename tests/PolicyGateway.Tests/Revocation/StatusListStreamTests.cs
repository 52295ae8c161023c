using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using PolicyGateway.Tests.Fakes;
using PolicyGateway.Tests.Identity;
using PolicyGateway.Tests.Inference;
using PolicyGateway.Tests.Portal;

namespace PolicyGateway.Tests.Revocation;

/// <summary>A running gateway whose callers' tokens are in a status list.</summary>
public sealed class StatusListStreamTests : IAsyncLifetime, IDisposable
{
    private readonly TestKey _key = new("k1");
    private readonly TheGateway _gateway = new();
    private readonly LeapingTime _time = new();
    private StatusListServer _server = null!;

    public async Task InitializeAsync()
    {
        _server = await StatusListServer.StartAsync();
        var issuer = new Dictionary<string, string?>
        {
            ["Name"] = "listed",
            ["Issuer"] = RevocationHost.Issuer,
            ["Audiences:0"] = IdentityHost.Audience,
            ["TierClaim"] = "tier",
            ["MaxTier"] = "professional",
            ["CredentialsClaim"] = "credentials",
            ["AllowedCredentials:0"] = "security-professional",
            ["RolesClaim"] = "roles",
            ["Roles:administrator:0"] = "administrator",
            ["StatusListUris:0"] = _server.Address + "/lists",
        };
        foreach (var member in JsonSerializer.SerializeToElement(_key.PublicJwk).EnumerateObject())
        {
            issuer[$"Keys:0:{member.Name}"] = member.Value.GetString();
        }

        foreach (var (key, value) in issuer)
        {
            _gateway.Settings[$"Identity:Issuers:1:{key}"] = value;
        }

        Publish(0);
        _gateway.Changes = services => services.AddSingleton<TimeProvider>(_time);
        await _gateway.InitializeAsync();
    }

    public async Task DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _server.DisposeAsync();
    }

    public void Dispose() => _key.Dispose();

    [Fact]
    public async Task An_answer_ends_within_the_ttl_when_its_token_becomes_invalid()
    {
        using var response = await OpenStreamAsync();
        await using var body = await response.Content.ReadAsStreamAsync();

        Publish(1);

        // The list lives for two seconds, and the gateway looks every second.
        var rest = await new StreamReader(body).ReadToEndAsync().WaitAsync(TimeSpan.FromSeconds(10));
        Assert.Contains("content_filter", rest, StringComparison.Ordinal);
        var refused = await _gateway.SendAsync(TheGateway.Ask("hello"), Token());
        Assert.Equal(HttpStatusCode.Unauthorized, refused.Status);
        Assert.Contains("invalid_token", refused.Headers["WWW-Authenticate"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_list_tokens_that_are_in_it_are_refused_and_the_gateway_stays_ready()
    {
        _server.Status = 500;
        using var management = new HttpClient { BaseAddress = _gateway.Management };

        var refused = await _gateway.SendAsync(TheGateway.Ask("hello"), Token());
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "temporarily_unavailable"), (refused.Status, refused.Code));
        Assert.DoesNotContain("WWW-Authenticate", refused.Headers.Keys, StringComparer.OrdinalIgnoreCase);
        Assert.Equal(HttpStatusCode.OK, (await _gateway.SendAsync(TheGateway.Ask("hello"), _gateway.Professional)).Status);
        Assert.Equal(HttpStatusCode.OK, (await management.GetAsync(new Uri("/healthz/ready", UriKind.Relative))).StatusCode);
    }

    [Fact]
    public async Task Gated_categories_close_a_minute_after_the_issuer_was_last_asked_and_open_again_and_the_rest_stays_open()
    {
        Publish(0, ttl: 600);
        using var response = await OpenStreamAsync();
        await using var body = await response.Content.ReadAsStreamAsync();
        _server.Status = 500;

        _time.Leap(TimeSpan.FromSeconds(61));

        Assert.Contains("status_unavailable", await new StreamReader(body).ReadToEndAsync().WaitAsync(TimeSpan.FromSeconds(30)), StringComparison.Ordinal);
        var (gated, open) = (await _gateway.SendAsync(TheGateway.Ask(KeywordClassifier.Cyber), Token()), await _gateway.SendAsync(TheGateway.Ask("hello"), Token()));
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "status_unavailable", "false"), (gated.Status, gated.Code, gated.Headers["x-should-retry"]));
        Assert.Equal(HttpStatusCode.OK, open.Status);

        _server.Status = 200;
        _time.Leap(TimeSpan.FromSeconds(2));
        await _gateway.SendAsync(TheGateway.Ask("hello"), Token());
        await UntilAsync(async () => (await _gateway.SendAsync(TheGateway.Ask(KeywordClassifier.Cyber), Token())).Status == HttpStatusCode.OK);
    }

    [Fact]
    public async Task Who_cannot_be_asked_about_for_a_minute_reads_and_changes_nothing()
    {
        Publish(0, ttl: 600);
        using var management = new HttpClient { BaseAddress = _gateway.Management };
        using var console = new PageReader(_gateway.Management);
        management.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Token());
        await console.LogInAsync("console", Token());
        var form = (await console.GetAsync("/console/revocations")).Expect(HttpStatusCode.OK);
        async Task<HttpResponseMessage> GrantAsync(string subject) => await management.PostAsJsonAsync("/admin/grants", new { person = new { issuer = RevocationHost.Issuer, subject }, categories = new[] { "cyber" }, days = 3, reason = "By contract." });
        Task<Page> RevokeAsync() => console.SendAsync(form, "/console/revocations", ("target", "person"), ("issuer", RevocationHost.Issuer), ("subject", "mallory"), ("reason", "A test."));
        Assert.Equal(HttpStatusCode.Created, (await GrantAsync("first")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await RevokeAsync()).Status);
        _server.Status = 500;

        _time.Leap(TimeSpan.FromSeconds(61));

        using var refused = await GrantAsync("second");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.Contains("could not be asked of its issuer", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Contains("could not be asked of its issuer", (await RevokeAsync()).Expect(HttpStatusCode.ServiceUnavailable).Text, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await management.GetAsync(new Uri("/admin/requests", UriKind.Relative))).StatusCode);
        (await console.GetAsync("/console/revocations")).Expect(HttpStatusCode.OK);
    }

    private static async Task UntilAsync(Func<Task<bool>> holds)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!await holds())
        {
            await Task.Delay(20, patience.Token);
        }
    }

    /// <summary>An answer without end, of which the first pieces have arrived.</summary>
    private async Task<HttpResponseMessage> OpenStreamAsync()
    {
        var chunk = ScriptedBackend.Chunk(new { content = KeywordClassifier.Cyber + new string('x', 400) }, null);
        var answer = _gateway.Backend.Answer;
        _gateway.Backend.Answer = async context =>
        {
            _gateway.Backend.Answer = answer;
            context.Response.ContentType = "text/event-stream";
            while (!context.RequestAborted.IsCancellationRequested)
            {
                await context.Response.WriteAsync(chunk, context.RequestAborted);
                await context.Response.Body.FlushAsync(context.RequestAborted);
                await Task.Delay(20, context.RequestAborted);
            }
        };
        using var request = TheGateway.Request(TheGateway.Ask("hello", stream: true), Token());
        var response = await _gateway.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        await (await response.Content.ReadAsStreamAsync()).ReadExactlyAsync(new byte[5 * chunk.Length]);
        return response;
    }

    private string Token()
    {
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        return _key.Sign(new
        {
            iss = RevocationHost.Issuer,
            aud = IdentityHost.Audience,
            sub = "ada",
            iat = now,
            exp = now + 600,
            tier = "professional",
            credentials = new[] { "security-professional" },
            roles = new[] { "administrator" },
            status = new { status_list = new { idx = 0, uri = _server.Uri } },
        });
    }

    private void Publish(byte status, int ttl = 2)
    {
        var text = StatusListServer.Sign(_key, _server.Claims(DateTimeOffset.UtcNow, new { bits = 8, lst = StatusListServer.Pack([status]) }, ("ttl", ttl)));
        _server.Answer = () => text;
    }
}
