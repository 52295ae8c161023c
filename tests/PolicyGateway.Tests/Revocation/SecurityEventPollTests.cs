using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using PolicyGateway.Revocation;

namespace PolicyGateway.Tests.Revocation;

/// <summary>Events that are fetched from their transmitter: what was taken and what was not is told with the next poll.</summary>
public sealed class SecurityEventPollTests : IAsyncLifetime, IDisposable
{
    private const string Disabled = "https://schemas.openid.net/secevent/risc/event-type/account-disabled";
    private const string Secret = "a-secret-of-the-receiver";

    private readonly PollClient _client = new();
    private readonly string _secretFile = Path.GetTempFileName();
    private PollServer _server = null!;
    private RevocationHost _the = null!;
    private EventPoller _poller = null!;

    public async Task InitializeAsync()
    {
        _server = await PollServer.StartAsync();
        _the = await RevocationHost.StartAsync();
        await File.WriteAllTextAsync(_secretFile, Secret);
        var transmitter = _the.Transmitters.All[0];
        (transmitter.Options.PollAddress, transmitter.Options.PollSecretFile) = (_server.Address, _secretFile);
        _poller = new EventPoller(transmitter, _the.Receiver, _client, NullLogger.Instance);
    }

    public async Task DisposeAsync()
    {
        await _the.DisposeAsync();
        await _server.DisposeAsync();
        File.Delete(_secretFile);
    }

    public void Dispose() => _client.Dispose();

    [Fact]
    public async Task What_was_taken_is_acknowledged_and_what_was_not_is_told_why()
    {
        _server.Queue(
            more: true,
            ("a", Token("a", "ada")), ("b", Token("b", "bob", ("aud", "somebody else"))), ("c", Token("other", "carl")), ("d", "no token"), ("e", Token("e", "eve", ("iss", RevocationHost.OtherTransmitter))));

        var wait = await _poller.PollAsync(default);
        Assert.InRange(wait, TimeSpan.FromMilliseconds(10), TimeSpan.FromMilliseconds(500));
        Assert.Equal(TimeSpan.FromSeconds(1), await _poller.PollAsync(default));
        await _poller.PollAsync(default);

        Assert.Equal("revoked", await _the.FaultOfAsync(_the.Token()));
        Assert.Null(await _the.FaultOfAsync(_the.Token("bob")));
        Assert.Null(await _the.FaultOfAsync(_the.Token("eve")));
        var polls = _server.Polls.ToArray();
        Assert.All(polls, static poll => Assert.Equal("Bearer " + Secret, poll.Authorization));
        Assert.All([polls[0], polls[2]], static poll => Assert.Equal("""{"maxEvents":100,"returnImmediately":false,"ack":[],"setErrs":{}}""", poll.Body.GetRawText()));
        Assert.Equal(["a"], polls[1].Body.GetProperty("ack").EnumerateArray().Select(static id => id.GetString()));
        Assert.Equal(
            ["b invalid_audience", "c invalid_request", "d invalid_request", "e authentication_failed"],
            polls[1].Body.GetProperty("setErrs").EnumerateObject().Select(static error => $"{error.Name} {error.Value.GetProperty("err").GetString()}").Order());
    }

    [Fact]
    public async Task What_was_not_heard_is_told_again()
    {
        _server.Queue(more: false, ("a", Token("a", "ada")));
        _server.Answers.Enqueue((500, ""));
        await _poller.PollAsync(default);
        await _poller.PollAsync(default);
        await _poller.PollAsync(default);

        Assert.Equal(["[]", """["a"]""", """["a"]"""], _server.Polls.Select(static poll => poll.Body.GetProperty("ack").GetRawText()));
    }

    [Theory]
    [InlineData(500, "")]
    [InlineData(302, "")]
    [InlineData(200, "")]
    [InlineData(200, "[]")]
    [InlineData(200, "{}")]
    [InlineData(200, """{"sets":[]}""")]
    [InlineData(200, """{"sets":{},"sets":{}}""")]
    public async Task A_transmitter_that_fails_is_asked_less_and_less_often_and_then_as_usual(int status, string body)
    {
        for (var i = 0; i < 7; i++)
        {
            _server.Answers.Enqueue((status, body));
        }

        var waits = new List<double>();
        for (var i = 0; i < 8; i++)
        {
            waits.Add((await _poller.PollAsync(default)).TotalSeconds);
        }

        Assert.Equal([1, 2, 4, 8, 16, 30, 30, 1], waits);
    }

    [Fact]
    public async Task An_answer_without_end_is_not_read()
    {
        _server.Answers.Enqueue((200, $$$"""{"sets":{"a":"{{{new string('x', 9 << 20)}}}"}}"""));

        Assert.Equal(TimeSpan.FromSeconds(1), await _poller.PollAsync(default));
        await _poller.PollAsync(default);
        Assert.Equal("{}", _server.Polls.Last().Body.GetProperty("setErrs").GetRawText());
    }

    [Fact]
    public async Task The_service_polls_until_it_is_stopped()
    {
        _server.Queue(more: false, ("a", Token("a", "ada")));
        using var service = ActivatorUtilities.CreateInstance<SecurityEventPoll>(_the.Identity.Services);

        await service.StartAsync(default);
        for (var i = 0; i < 500 && _the.Revocations.Against(RevocationHost.Issuer, "ada").IsEmpty; i++)
        {
            await Task.Delay(10);
        }

        await service.StopAsync(default).WaitAsync(TimeSpan.FromSeconds(5));
        Assert.Equal("revoked", await _the.FaultOfAsync(_the.Token()));
    }

    private string Token(string id, string subject, params (string Name, object? Value)[] changes) => _the.Sign(_the.Event(
        Disabled, null, [("jti", id), ("sub_id", new { format = "iss_sub", iss = RevocationHost.Issuer, sub = subject }), .. changes]));
}
