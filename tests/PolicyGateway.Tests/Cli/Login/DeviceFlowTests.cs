using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;
using PolicyGateway.Cli;
using PolicyGateway.Cli.Login;
using PolicyGateway.Tests.Fakes;

namespace PolicyGateway.Tests.Cli.Login;

/// <summary>How often a provider is asked whether somebody entered the code, by a clock that moves with every wait.</summary>
public sealed class DeviceFlowTests : IAsyncLifetime
{
    private static readonly HttpClient Http = new();

    private readonly HurriedClock _clock = new();
    private readonly ConcurrentQueue<double> _askedAt = [];
    private readonly Queue<string> _answers = [];
    private ScriptedBackend _provider = null!;

    public async Task InitializeAsync()
    {
        _provider = await ScriptedBackend.StartAsync();
        _provider.Answer = AnswerAsync;
    }

    public async Task DisposeAsync() => await _provider.DisposeAsync();

    [Fact]
    public async Task The_interval_is_kept_and_made_longer_when_the_provider_says_so()
    {
        Answers("""{"error":"authorization_pending"}""", """{"error":"slow_down"}""", """{"error":"authorization_pending"}""", """{"access_token":"t","token_type":"Bearer","expires_in":60}""");

        Assert.Equal("t", await RunAsync());

        Assert.Equal([7, 14, 26, 38], _askedAt);
    }

    [Fact]
    public async Task A_code_that_nobody_enters_ends()
    {
        var refused = await Assert.ThrowsAsync<LoginRefused>(RunAsync);

        Assert.Contains("has ended", refused.Message, StringComparison.Ordinal);
        Assert.Equal(14, _askedAt.Count);
    }

    [Fact]
    public async Task Whoever_says_no_is_not_asked_again()
    {
        Answers("""{"error":"access_denied","error_description":"No."}""");

        Assert.Equal("The provider refused: access_denied (No.).", (await Assert.ThrowsAsync<LoginRefused>(RunAsync)).Message);
        Assert.Single(_askedAt);
    }

    [Fact]
    public async Task A_provider_that_does_not_answer_once_is_asked_less_often()
    {
        Answers("""{"error":"authorization_pending"}""", "nothing", """{"access_token":"t","token_type":"Bearer","expires_in":60}""");
        using var impatient = LoginOptions.Client(TimeSpan.FromSeconds(1));

        Assert.Equal("t", await RunAsync(null, impatient));

        Assert.Equal([7, 14, 26], _askedAt);
    }

    [Theory]
    [InlineData("/device")]
    [InlineData("/token")]
    public async Task A_client_that_the_provider_does_not_know_is_refused_in_the_providers_words(string path)
    {
        var answer = _provider.Answer;
        _provider.Answer = context => context.Request.Path == path
            ? ScriptedBackend.WriteJsonAsync(context, """{"error":"invalid_client","error_description":"No\u001b[2J such client."}""", 401)
            : answer(context);

        Assert.Equal("The provider refused: invalid_client (No?[2J such client.).", (await Assert.ThrowsAsync<LoginRefused>(RunAsync)).Message);
    }

    [Theory]
    [InlineData("no JSON", 401)]
    [InlineData("[]", 401)]
    [InlineData("""{"error":{"code":1}}""", 403)]
    [InlineData("""{"error":"server_error"}""", 500)]
    public async Task What_is_no_refusal_of_OAuth_is_an_answer_that_cannot_be_used(string body, int status)
    {
        _provider.Answer = context => context.Request.Path == "/device"
            ? ScriptedBackend.WriteJsonAsync(context, body, status)
            : AnswerAsync(context);

        Assert.Contains("does not answer as it should", (await Assert.ThrowsAsync<CommandFault>(RunAsync)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_of_another_kind_than_was_asked_for_is_not_taken()
    {
        Answers("""{"access_token":"t","token_type":"Bearer","expires_in":60}""");
        using var key = ProofKey.Create(_clock);

        Assert.Contains("does not bind", (await Assert.ThrowsAsync<LoginRefused>(() => RunAsync(key))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_page_that_the_provider_cannot_mean_is_not_shown()
    {
        var answer = _provider.Answer;
        _provider.Answer = context => context.Request.Path == "/device"
            ? ScriptedBackend.WriteJsonAsync(context, """{"device_code":"d","user_code":"U","verification_uri":"javascript:alert(1)","expires_in":100}""")
            : answer(context);

        await Assert.ThrowsAsync<CommandFault>(RunAsync);
    }

    private void Answers(params string[] answers) => Array.ForEach(answers, _answers.Enqueue);

    private Task<string> RunAsync() => RunAsync(null);

    private async Task<string> RunAsync(ProofKey? key, HttpClient? http = null)
    {
        var provider = await LoginProvider.DiscoverAsync(http ?? Http, _provider.Url, "c", key, CancellationToken.None);
        var asked = new LoginAsked("c", null, "openid", null, null, null);
        return (await new DeviceFlow(provider, asked, TextWriter.Null, _clock).RunAsync(CancellationToken.None)).AccessToken!;
    }

    private Task AnswerAsync(HttpContext context)
    {
        if (context.Request.Path == "/device")
        {
            return ScriptedBackend.WriteJsonAsync(context, """{"device_code":"d","user_code":"U","verification_uri":"https://login.example.org/device","expires_in":100,"interval":7}""");
        }

        if (context.Request.Path != "/token")
        {
            return ScriptedBackend.WriteJsonAsync(context, $$"""{"issuer":"{{_provider.Url}}","token_endpoint":"{{_provider.Url}}/token","device_authorization_endpoint":"{{_provider.Url}}/device"}""");
        }

        _askedAt.Enqueue((_clock.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalSeconds);
        var answer = _answers.TryDequeue(out var next) ? next : """{"error":"authorization_pending"}""";
        return answer == "nothing" ? Task.Delay(Timeout.Infinite, context.RequestAborted) : ScriptedBackend.WriteJsonAsync(context, answer, answer.Contains("error", StringComparison.Ordinal) ? 400 : 200);
    }

    /// <summary>Whoever waits does not wait, and it is later.</summary>
    private sealed class HurriedClock : TimeProvider
    {
        private TimeSpan _waited;

        public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch + _waited;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            _waited += dueTime;
            return System.CreateTimer(callback, state, TimeSpan.Zero, period);
        }
    }
}
