using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using PolicyGateway.Tests.Fakes;
using PolicyGateway.Tests.Inference;

namespace PolicyGateway.Tests.Forwarding;

/// <summary>A backend that sends the text of an answer where the protocol has its own words.</summary>
public sealed class BackendOutOfStepTests
{
    private const string Text = "the text of an answer";

    [Theory]
    [InlineData(Text + "\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\n" + Text + "\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\n" + Text + ": x\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n" + Text + "\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n: a\n\n\r\n" + Text + "\r\n")]
    public async Task Neither_the_answer_nor_a_log_has_a_word_of_it(string answer)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var ended = new CancellationTokenSource();
        var serving = ServeAsync(listener, answer, ended.Token);
        using var logs = new RecordingLogs();
        await using var gateway = new TheGateway();
        gateway.Changes = services => services.AddLogging(logging => logging.AddProvider(logs).SetMinimumLevel(LogLevel.Debug));
        gateway.Settings["Logging:LogLevel:Default"] = "Debug";
        gateway.Settings["Logging:LogLevel:Yarp"] = "Debug";
        gateway.Settings[$"Logging:{typeof(RecordingLogs).FullName}:LogLevel:Default"] = "Debug";
        gateway.Settings["Logging:Console:LogLevel:Default"] = "None";
        gateway.Settings["Backends:Clusters:c:Destinations:0"] = $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}";
        await gateway.InitializeAsync();

        var said = await gateway.SendAsync(TheGateway.Ask("hello", stream: answer.Contains("event-stream", StringComparison.Ordinal)));

        Assert.Equal(HttpStatusCode.BadGateway, said.Status);
        Assert.DoesNotContain(Text, said.Everything, StringComparison.Ordinal);
        Assert.NotEmpty(logs.Lines);
        Assert.DoesNotContain(logs.Lines, static line => line.Contains(Text, StringComparison.Ordinal));
        await ended.CancelAsync();
        await serving;
    }

    private static async Task ServeAsync(TcpListener listener, string answer, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                using var client = await listener.AcceptTcpClientAsync(cancellationToken);
                var stream = client.GetStream();
                await stream.ReadAtLeastAsync(new byte[1], 1, throwOnEndOfStream: false, cancellationToken);
                await stream.WriteAsync(Encoding.ASCII.GetBytes(answer), cancellationToken);
                await Task.Delay(100, cancellationToken);
            }
        }
        catch (OperationCanceledException)
        {
            // The test has seen enough.
        }
    }
}
