namespace PolicyGateway.Forwarding;

/// <summary>Gives up on a backend that does not begin to answer. The proxy takes the cancellation for a time-out, a 504.</summary>
/// <param name="inner">Where the request goes on.</param>
/// <param name="limit">Longest wait for the head of the answer; its body is not waited for.</param>
/// <param name="time">The clock.</param>
internal sealed class ResponseDeadline(HttpMessageHandler inner, TimeSpan limit, TimeProvider time) : DelegatingHandler(inner)
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        return await base.SendAsync(request, either.Token);
    }
}
