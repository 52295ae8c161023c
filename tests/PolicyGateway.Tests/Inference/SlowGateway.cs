using PolicyGateway.Tests.Fakes;

namespace PolicyGateway.Tests.Inference;

/// <summary>A gateway that keeps streams alive from early on.</summary>
public sealed class SlowGateway : IAsyncLifetime
{
    private readonly TheGateway _gateway = new();

    public ScriptedBackend Backend => _gateway.Backend;

    public HttpClient Client => _gateway.Client;

    public string Professional => _gateway.Professional;

    public Task InitializeAsync()
    {
        _gateway.Settings["Gateway:SilentHold"] = "00:00:00.200";
        _gateway.Settings["Gateway:KeepAliveInterval"] = "00:00:00.050";
        return _gateway.InitializeAsync();
    }

    public Task DisposeAsync() => _gateway.DisposeAsync();

    public void Reset() => _gateway.Reset();

    public string Token(string tier) => _gateway.Token(tier);

    public Task<Answer> SendAsync(HttpContent content, string? token, Action<HttpRequestMessage> change) => _gateway.SendAsync(content, token, change);
}
