using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using PolicyGateway.Tests.Fakes;
using PolicyGateway.Tests.Identity;
using PolicyGateway.Tests.Inference;
using Xunit.Abstractions;

namespace PolicyGateway.Tests.Revocation;

/// <summary>Events that are pushed to a running gateway, and the answers that they end.</summary>
public sealed class SecurityEventPushTests(ITestOutputHelper output) : IAsyncLifetime, IDisposable
{
    private const string Revoked = "https://schemas.openid.net/secevent/caep/event-type/session-revoked";
    private const string Disabled = "https://schemas.openid.net/secevent/risc/event-type/account-disabled";
    private const string DevelopmentIssuer = "https://development.policygateway.invalid";
    private const string Secret = "a-secret-of-the-transmitter";

    private readonly TestKey _key = new("t1");
    private readonly TheGateway _gateway = new();
    private readonly string _secretFile = Path.GetTempFileName();

    public async Task InitializeAsync()
    {
        await File.WriteAllTextAsync(_secretFile, Secret + "\n");
        Configure(0, "open", "https://transmitter.example");
        Configure(1, "closed", "https://closed.example");
        _gateway.Settings["Revocation:Transmitters:1:PushSecretFile"] = _secretFile;
        await _gateway.InitializeAsync();
    }

    public async Task DisposeAsync()
    {
        await _gateway.DisposeAsync();
        File.Delete(_secretFile);
    }

    public void Dispose() => _key.Dispose();

    [Fact]
    public async Task From_the_receipt_of_an_event_to_the_last_gated_byte_is_less_than_a_second()
    {
        using var stop = new CancellationTokenSource();
        var chunk = ScriptedBackend.Chunk(new { content = KeywordClassifier.Cyber + new string('x', 400) }, null);
        _gateway.Backend.Answer = async context =>
        {
            context.Response.ContentType = "text/event-stream";
            using var either = CancellationTokenSource.CreateLinkedTokenSource(stop.Token, context.RequestAborted);
            while (!either.IsCancellationRequested)
            {
                await context.Response.WriteAsync(chunk, either.Token);
                await context.Response.Body.FlushAsync(either.Token);
                await Task.Delay(10, either.Token);
            }
        };
        using var request = TheGateway.Request(TheGateway.Ask("hello", stream: true), _gateway.TokenOfSubject("leaver"));
        using var response = await _gateway.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        await using var body = await response.Content.ReadAsStreamAsync();
        await body.ReadExactlyAsync(new byte[20 * chunk.Length]);

        var sent = Stopwatch.GetTimestamp();
        var last = LastGatedAsync(body);
        Assert.Equal(HttpStatusCode.Accepted, (await PushAsync(Event(Revoked, "leaver"))).Status);
        var answered = Stopwatch.GetElapsedTime(sent);

        var (gated, rest) = await last.WaitAsync(TimeSpan.FromSeconds(20));
        await stop.CancelAsync();
        var took = Stopwatch.GetElapsedTime(sent, gated);
        output.WriteLine($"The event was answered after {answered}, the last gated byte came after {took}.");
        Assert.True(took < TimeSpan.FromSeconds(1), $"The last gated byte came {took} behind the event, which was answered after {answered}.");
        Assert.Contains("content_filter", rest, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_from_before_the_event_is_refused_and_others_are_not()
    {
        var token = _gateway.TokenOfSubject("ada");
        Assert.Equal(HttpStatusCode.OK, (await _gateway.SendAsync(TheGateway.Ask("hello"), token)).Status);

        Assert.Equal((HttpStatusCode.Accepted, ""), await PushAsync(Event(Disabled, "ada")));

        var answer = await _gateway.SendAsync(TheGateway.Ask("hello"), token);
        Assert.Equal(HttpStatusCode.Unauthorized, answer.Status);
        Assert.Contains("invalid_token", answer.Headers["WWW-Authenticate"], StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await _gateway.SendAsync(TheGateway.Ask("hello"), _gateway.TokenOfSubject("bob"))).Status);
    }

    [Fact]
    public async Task A_transmitter_with_a_secret_must_send_it()
    {
        var token = Event(Disabled, "eve", "https://closed.example");

        Assert.Equal(HttpStatusCode.BadRequest, (await PushAsync(token)).Status);
        Assert.Contains("authentication_failed", (await PushAsync(token, secret: "another-secret-of-somebody")).Body, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await _gateway.SendAsync(TheGateway.Ask("hello"), _gateway.TokenOfSubject("eve"))).Status);

        Assert.Equal(HttpStatusCode.Accepted, (await PushAsync(token, secret: Secret)).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await _gateway.SendAsync(TheGateway.Ask("hello"), _gateway.TokenOfSubject("eve"))).Status);
    }

    [Theory]
    [InlineData("not json", "application/secevent+jwt", "invalid_request")]
    [InlineData("{}", "application/json", "invalid_request")]
    [InlineData("e30.e30.e30", "application/secevent+jwt", "invalid_issuer")]
    [InlineData("", "application/secevent+jwt", "invalid_request")]
    [InlineData("\u00e9.e30.e30", "application/secevent+jwt", "invalid_request")]
    public async Task What_is_no_event_is_answered_400_with_the_error_and_what_to_mend(string text, string type, string error)
    {
        var (status, body) = await PushAsync(text, type);

        using var document = JsonDocument.Parse(body);
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal(error, document.RootElement.GetProperty("err").GetString());
        Assert.NotEmpty(document.RootElement.GetProperty("description").GetString()!);
        Assert.Equal(2, document.RootElement.GetPropertyCount());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_megabyte_is_refused_without_being_read(bool chunked)
    {
        using var content = new ByteArrayContent(Encoding.ASCII.GetBytes(new string('a', 1 << 20)));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/secevent+jwt");
        using var request = new HttpRequestMessage(HttpMethod.Post, "/events") { Content = content };
        request.Headers.TransferEncodingChunked = chunked;

        using var response = await _gateway.Client.SendAsync(request);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains("65536", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_that_does_not_come_ends()
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(_gateway.Url.Host, _gateway.Url.Port);
        await socket.SendAsync(Encoding.ASCII.GetBytes("POST /events HTTP/1.1\r\nHost: x\r\nContent-Type: application/secevent+jwt\r\nContent-Length: 100\r\n\r\nabc"));
        var buffer = new byte[4096];

        var read = await socket.ReceiveAsync(buffer).WaitAsync(TimeSpan.FromSeconds(20));

        Assert.DoesNotContain(" 202 ", Encoding.ASCII.GetString(buffer, 0, read), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_receiver_answers_post_only_and_not_on_the_management_address()
    {
        using var management = new HttpClient { BaseAddress = _gateway.Management };
        using var content = new StringContent(Event(Disabled, "ada"), new MediaTypeHeaderValue("application/secevent+jwt"));

        Assert.Equal(HttpStatusCode.NotFound, (await management.PostAsync(new Uri("/events", UriKind.Relative), content)).StatusCode);
        Assert.NotEqual(HttpStatusCode.OK, (await _gateway.Client.GetAsync(new Uri("/events", UriKind.Relative))).StatusCode);
    }

    [Fact]
    public async Task Without_a_transmitter_that_pushes_there_is_no_receiver()
    {
        var plain = new TheGateway();
        await plain.InitializeAsync();
        try
        {
            using var content = new StringContent(Event(Disabled, "ada"), new MediaTypeHeaderValue("application/secevent+jwt"));
            Assert.Equal(HttpStatusCode.NotFound, (await plain.Client.PostAsync(new Uri("/events", UriKind.Relative), content)).StatusCode);
        }
        finally
        {
            await plain.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_security_event_is_no_access_token() =>
        Assert.Equal(HttpStatusCode.Unauthorized, (await _gateway.SendAsync(TheGateway.Ask("hello"), Event(Disabled, "ada"))).Status);

    /// <summary>When the last bytes came that hold gated text, and all that came.</summary>
    private static async Task<(long At, string All)> LastGatedAsync(Stream body)
    {
        var (at, rest, buffer) = (0L, new StringBuilder(), new byte[64 * 1024]);
        for (int read; (read = await body.ReadAsync(buffer)) > 0;)
        {
            var text = Encoding.UTF8.GetString(buffer, 0, read);
            at = text.Contains("xxxx", StringComparison.Ordinal) || text.Contains("marker", StringComparison.Ordinal) ? Stopwatch.GetTimestamp() : at;
            rest.Append(text);
        }

        return (at == 0 ? Stopwatch.GetTimestamp() : at, rest.ToString());
    }

    private void Configure(int index, string name, string issuer)
    {
        var jwk = JsonSerializer.SerializeToElement(_key.PublicJwk);
        var key = $"Revocation:Transmitters:{index}";
        foreach (var member in jwk.EnumerateObject())
        {
            _gateway.Settings[$"{key}:Keys:0:{member.Name}"] = member.Value.GetString();
        }

        _gateway.Settings[$"{key}:Name"] = name;
        _gateway.Settings[$"{key}:Issuer"] = issuer;
        _gateway.Settings[$"{key}:Audiences:0"] = "https://gateway.example";
        _gateway.Settings[$"{key}:SubjectIssuers:0"] = DevelopmentIssuer;
        _gateway.Settings[$"{key}:Push"] = "true";
    }

    private string Event(string type, string subject, string issuer = "https://transmitter.example") => _key.Sign(
        new
        {
            iss = issuer,
            aud = "https://gateway.example",
            iat = DateTimeOffset.UtcNow.ToUnixTimeSeconds(),
            jti = Guid.NewGuid().ToString("n"),
            sub_id = new { format = "iss_sub", iss = DevelopmentIssuer, sub = subject },
            events = new Dictionary<string, object> { [type] = new { } },
        },
        new { alg = "ES256", typ = "secevent+jwt", kid = "t1" });

    private async Task<(HttpStatusCode Status, string Body)> PushAsync(string token, string type = "application/secevent+jwt", string? secret = null)
    {
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(token));
        content.Headers.ContentType = new MediaTypeHeaderValue(type);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/events") { Content = content };
        request.Headers.Authorization = secret is null ? null : new AuthenticationHeaderValue("Bearer", secret);
        using var response = await _gateway.Client.SendAsync(request);
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }
}
