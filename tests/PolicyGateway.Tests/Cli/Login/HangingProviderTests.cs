using System.Diagnostics;
using System.Web;
using Microsoft.AspNetCore.Http;
using PolicyGateway.Cli;
using PolicyGateway.Cli.Login;
using PolicyGateway.Tests.Fakes;

namespace PolicyGateway.Tests.Cli.Login;

/// <summary>A provider that takes the connection and does not answer, which must not pass for somebody's Ctrl-C.</summary>
public sealed class HangingProviderTests : IAsyncLifetime, IDisposable
{
    private readonly HttpClient _http = LoginOptions.Client(TimeSpan.FromSeconds(1));
    private readonly ShiftedClock _clock = new();
    private readonly StringWriter _told = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("policygateway-hanging-").FullName;
    private ScriptedBackend _provider = null!;
    private string? _hangs;

    public async Task InitializeAsync()
    {
        _provider = await ScriptedBackend.StartAsync();
        _provider.Answer = AnswerAsync;
    }

    public async Task DisposeAsync()
    {
        await _provider.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    public void Dispose()
    {
        _http.Dispose();
        _told.Dispose();
    }

    [Theory]
    [InlineData("/.well-known/openid-configuration")]
    [InlineData("half of /.well-known/openid-configuration")]
    public async Task An_issuer_that_does_not_answer_cannot_be_asked(string hangs)
    {
        _hangs = hangs;

        Assert.Contains("cannot be asked", (await Assert.ThrowsAsync<CommandFault>(DiscoverAsync)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_gateway_that_does_not_answer_cannot_be_read()
    {
        _hangs = "/.well-known/oauth-protected-resource";

        var fault = await Assert.ThrowsAsync<CommandFault>(() => GatewayMetadata.IssuerAsync(_http, new Uri(_provider.Url), CancellationToken.None));

        Assert.Contains("cannot be read", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_code_that_cannot_be_exchanged_ends_the_login_with_a_message()
    {
        _hangs = "/token";
        var flow = new CodeFlow(await DiscoverAsync(), new LoginAsked("c", null, "openid", null, null, null), TextWriter.Null, _clock);
        using var browser = new HttpClient();

        var fault = await Assert.ThrowsAsync<CommandFault>(() => flow.RunAsync(Open, CancellationToken.None));

        Assert.Contains("does not answer", fault.Message, StringComparison.Ordinal);

        bool Open(Uri address)
        {
            var query = HttpUtility.ParseQueryString(address.Query);
            _ = browser.GetAsync(new Uri($"{query["redirect_uri"]}?code=x&state={query["state"]}"));
            return true;
        }
    }

    [Fact]
    public async Task A_logout_says_what_is_left_to_do()
    {
        _hangs = "/revoke";
        var store = Stored();

        var fault = await Assert.ThrowsAsync<CommandFault>(() => LogoutCommand.RunAsync(store, _http, _told, CancellationToken.None));

        Assert.Contains("does not answer", fault.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(store.File));
        Assert.Contains("The provider has not ended the login; end it on the provider's own page.", _told.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whoever_asks_with_an_ended_token_is_told_that_there_is_none_now()
    {
        await using var tokens = new FreshTokens(Stored(), _http, _told, _clock);
        Assert.Equal("t", (await tokens.GetAsync(CancellationToken.None)).Token?.Text);
        (_hangs, _clock.Ahead) = ("/token", TimeSpan.FromSeconds(61));

        var (token, fault) = await tokens.GetAsync(CancellationToken.None);

        Assert.Equal((null, 503, "login_unavailable"), (token?.Text, fault?.Status, fault?.Code));
        Assert.Contains("does not answer", _told.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_is_used_to_its_end_and_nobody_waits_long_for_the_next()
    {
        using var patient = LoginOptions.Client(TimeSpan.FromSeconds(10));
        await using var tokens = new FreshTokens(Stored(), patient, _told, _clock);
        await tokens.GetAsync(CancellationToken.None);
        (_hangs, _clock.Ahead) = ("/token", TimeSpan.FromSeconds(46));
        var started = Stopwatch.GetTimestamp();

        var all = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => tokens.GetAsync(CancellationToken.None)));
        var later = await tokens.GetAsync(CancellationToken.None);

        Assert.All([.. all, later], static found => Assert.Equal("t", found.Token?.Text));
        Assert.InRange(Stopwatch.GetElapsedTime(started), TimeSpan.Zero, TimeSpan.FromSeconds(5));
        Assert.Equal(2, _provider.Received.Count(static sent => sent.Path == "/token"));
    }

    private Task<LoginProvider> DiscoverAsync() => LoginProvider.DiscoverAsync(_http, _provider.Url, "c", key: null, CancellationToken.None);

    private LoginStore Stored()
    {
        var store = new LoginStore(Path.Combine(_folder, "login.json"), TimeProvider.System);
        store.Write(new StoredLogin("1", _provider.Url, "c", null, "openid", "r", null));
        return store;
    }

    private async Task AnswerAsync(HttpContext context)
    {
        var path = context.Request.Path.Value!;
        if (_hangs == "half of " + path)
        {
            context.Response.ContentType = "application/json";
            await context.Response.WriteAsync("{");
            await context.Response.Body.FlushAsync();
        }

        if (_hangs?.EndsWith(path, StringComparison.Ordinal) == true)
        {
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        }

        var url = _provider.Url;
        await ScriptedBackend.WriteJsonAsync(context, path == "/token"
            ? """{"access_token":"t","token_type":"Bearer","expires_in":60}"""
            : $$"""{"issuer":"{{url}}","authorization_endpoint":"{{url}}/auth","token_endpoint":"{{url}}/token","revocation_endpoint":"{{url}}/revoke"}""");
    }

    /// <summary>It is later than it is; whoever waits does so in real time.</summary>
    private sealed class ShiftedClock : TimeProvider
    {
        public TimeSpan Ahead { get; set; }

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Ahead;
    }
}
