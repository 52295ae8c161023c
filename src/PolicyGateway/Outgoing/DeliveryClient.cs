using PolicyGateway.State;

namespace PolicyGateway.Outgoing;

/// <summary>Sends one message: bounded in time and in what it reads of the answer, no redirects, no cookies. Addresses come from the configuration alone.</summary>
internal sealed class DeliveryClient : IDisposable
{
    /// <summary>The most that an attempt takes, its answer included.</summary>
    public static readonly TimeSpan LongestAttempt = TimeSpan.FromSeconds(5);

    private const int LargestDrain = 16 * 1024;

    private readonly HttpMessageInvoker _client = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        ConnectTimeout = LongestAttempt,
        MaxConnectionsPerServer = 4,
        MaxResponseDrainSize = LargestDrain,
        MaxResponseHeadersLength = 16,
        PooledConnectionLifetime = TimeSpan.FromMinutes(2),
    });

    /// <returns>What came of it; an exception only where the gateway stops.</returns>
    public async Task<DeliveryResult> SendAsync(IReceiver receiver, Stored<OutgoingMessage> message, DateTimeOffset now, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(LongestAttempt);
        try
        {
            using var request = receiver.Send(message, now);

            // Not buffered: whoever answers with megabytes is heard for his status only.
            using var answer = await _client.SendAsync(request, limit.Token);
            return await receiver.ReadAsync(answer, limit.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new DeliveryResult(DeliveryOutcome.Failed, "timeout");
        }
        catch (HttpRequestException fault)
        {
            // The kind of the fault, and never its text, which may name the address.
            return new DeliveryResult(DeliveryOutcome.Failed, fault.HttpRequestError switch
            {
                HttpRequestError.NameResolutionError => "name_unknown",
                HttpRequestError.ConnectionError => "unreachable",
                HttpRequestError.SecureConnectionError => "tls_failed",
                _ => "no_answer",
            });
        }
        catch (IOException)
        {
            return new DeliveryResult(DeliveryOutcome.Failed, "no_answer");
        }
    }

    public void Dispose() => _client.Dispose();
}
