using System.Diagnostics;
using System.Net.Http.Headers;
using Microsoft.AspNetCore.Http;
using PolicyGateway.Outgoing;
using PolicyGateway.Outgoing.Webhooks;

namespace PolicyGateway.Tests.Outgoing;

/// <summary>What a receiver can answer, and what it does not get by it.</summary>
public sealed class HostileReceiverTests : IAsyncLifetime
{
    private ReceivingServer _server = null!;

    public async Task InitializeAsync() => _server = await ReceivingServer.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Theory]
    [InlineData(301)]
    [InlineData(302)]
    [InlineData(307)]
    [InlineData(308)]
    public async Task A_redirect_is_not_followed(int status)
    {
        await using var other = await ReceivingServer.StartAsync();
        _server.Answer = (context, _) =>
        {
            context.Response.StatusCode = status;
            context.Response.Headers.Location = other.Url;
            return Task.CompletedTask;
        };
        await using var host = await TellAsync(OutboxHost.Webhook(_server.Url));

        await host.Lane.StepAsync(default);

        Assert.Empty(other.All);
        Assert.Equal(1, host.CountOf($"failed webhook:w0 status_{status}"));
    }

    [Theory]
    [InlineData(200, "delivered webhook:w0")]
    [InlineData(500, "failed webhook:w0 status_500")]
    public async Task An_answer_of_megabytes_is_heard_for_its_status_and_not_read(int status, string counted)
    {
        var sent = 0L;
        _server.Answer = async (context, _) =>
        {
            context.Response.StatusCode = status;
            for (var i = 0; i < 160; i++)
            {
                await context.Response.Body.WriteAsync(new byte[1 << 20], context.RequestAborted);
                Interlocked.Add(ref sent, 1 << 20);
            }
        };
        await using var host = await TellAsync(OutboxHost.Webhook(_server.Url));
        var began = Stopwatch.GetTimestamp();

        await host.Lane.StepAsync(default);

        Assert.True(Stopwatch.GetElapsedTime(began) < DeliveryClient.LongestAttempt);
        Assert.Equal(1, host.CountOf(counted));
        Assert.True(Interlocked.Read(ref sent) < 64 << 20, $"{sent} bytes were taken.");
    }

    [Fact]
    public async Task An_error_of_megabytes_says_nothing_of_the_event()
    {
        _server.Answer = async (context, _) =>
        {
            context.Response.StatusCode = 400;
            await context.Response.WriteAsync("{\"err\":\"invalid_request\",\"description\":\"");
            await context.Response.WriteAsync(new string('x', 1 << 20), context.RequestAborted);
        };
        await using var host = await TellAsync(OutboxHost.Event(_server.Url));

        await host.Lane.StepAsync(default);

        Assert.Equal((1, 1), (host.CountOf("failed event:e0 status_400"), host.Lane.Standing.Waiting));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Who_does_not_answer_in_time_is_asked_again_later(bool answersHalf)
    {
        _server.Answer = async (context, _) =>
        {
            if (answersHalf)
            {
                context.Response.StatusCode = 400;
                await context.Response.WriteAsync("{\"err\":");
                await context.Response.Body.FlushAsync();
            }

            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        };
        await using var host = await TellAsync(OutboxHost.Event(_server.Url));
        var began = Stopwatch.GetTimestamp();

        await host.Lane.StepAsync(default);

        Assert.InRange(Stopwatch.GetElapsedTime(began), TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(15));
        Assert.Equal((1, 1), (host.CountOf("failed event:e0 timeout"), host.Lane.Standing.Waiting));
    }

    [Fact]
    public async Task A_receiver_that_closes_the_connection_is_asked_again()
    {
        _server.Answer = static (context, _) =>
        {
            context.Abort();
            return Task.CompletedTask;
        };
        await using var host = await TellAsync(OutboxHost.Webhook(_server.Url));

        await host.Lane.StepAsync(default);

        Assert.Equal((1, 1), (host.CountOf("failed webhook:w0 no_answer"), host.Lane.Standing.Waiting));
    }

    [Fact]
    public async Task No_secret_address_or_answer_reaches_a_log()
    {
        _server.Answer = static (context, _) =>
        {
            context.Response.StatusCode = 400;
            return context.Response.WriteAsync("""{"err":"marker-of-the-receiver","description":"marker-of-the-receiver"}""");
        };
        var settings = OutboxHost.Webhook(_server.Url + "/marker-in-the-path?key=marker-in-the-query")
            .Concat(OutboxHost.Event(_server.Url + "/marker-in-the-path"))
            .Concat(OutboxHost.Webhook("http://127.0.0.1:9/marker-in-the-path", index: 1)).ToDictionary();
        await using var host = await TellAsync(settings, "marker-of-a-person");
        foreach (var lane in host.Outbox.Lanes)
        {
            await lane.StepAsync(default);
        }

        var logs = string.Join('\n', host.Logs.Lines);
        var secrets = _server.All.SelectMany(static one => one.Headers.Where(static header => header.Key is "webhook-signature" or "Authorization").Select(static header => header.Value));
        Assert.Equal(1, host.CountOf("dropped event:e0 other_error"));
        Assert.Contains("OutgoingFailed", logs, StringComparison.Ordinal);
        Assert.All(
            [OutboxHost.WebhookSecret, OutboxHost.WebhookSecret[6..], OutboxHost.EventSecret, "marker-", "Never told", .. secrets.Select(static secret => AuthenticationHeaderValue.TryParse(secret, out var header) ? header.Parameter ?? secret : secret)],
            secret => Assert.DoesNotContain(secret, logs, StringComparison.Ordinal));
    }

    [Fact]
    public void The_signature_is_that_of_the_conventions_own_example()
    {
        using var request = new HttpRequestMessage();

        WebhookSignature.Sign(
            request, WebhookSignature.KeyOf(OutboxHost.WebhookSecret)!, "msg_p5jXN8AQM9LWM0D4loKWxJek", DateTimeOffset.FromUnixTimeSeconds(1614265330), """{"test": 2432232314}""");

        Assert.Equal("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", request.Headers.GetValues("webhook-signature").Single());
    }

    private static async Task<OutboxHost> TellAsync(Dictionary<string, string?> settings, string subject = "ada")
    {
        var host = new OutboxHost(settings);
        await host.TakeUpAsync();
        await host.TellAsync(OutboxHost.Revoked(subject));
        return host;
    }
}
