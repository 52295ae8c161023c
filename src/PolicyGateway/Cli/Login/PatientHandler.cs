namespace PolicyGateway.Cli.Login;

/// <summary>
/// Bounds how long an answer may take, its body included. What is too late fails as what cannot be reached does, and not as a
/// cancellation: that is somebody's Ctrl-C alone.
/// </summary>
internal sealed class PatientHandler(HttpMessageHandler inner, TimeSpan patience) : DelegatingHandler(inner)
{
    /// <summary>The longest body that is taken.</summary>
    public const int MostContent = 1024 * 1024;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using var late = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        late.CancelAfter(patience);
        HttpResponseMessage? response = null;
        try
        {
            response = await base.SendAsync(request, late.Token);
            await response.Content.LoadIntoBufferAsync(MostContent, late.Token);
            return response;
        }
        catch (OperationCanceledException fault) when (!cancellationToken.IsCancellationRequested)
        {
            response?.Dispose();
            throw new HttpRequestException($"No answer came within {patience.TotalSeconds:0} seconds", new TimeoutException(null, fault));
        }
        catch
        {
            response?.Dispose();
            throw;
        }
    }
}
