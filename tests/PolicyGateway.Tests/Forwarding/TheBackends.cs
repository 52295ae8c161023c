using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;
using PolicyGateway.Tests.Fakes;
using PolicyGateway.Tests.Inference;

namespace PolicyGateway.Tests.Forwarding;

/// <summary>A gateway in front of two backends, the second of which is asked only when the first cannot be.</summary>
internal sealed class TheBackends : IAsyncDisposable
{
    public const string Secret = "half of an answer";

    private TheBackends(ScriptedBackend second) => Second = second;

    public TheGateway Gateway { get; } = new();

    public ScriptedBackend First => Gateway.Backend;

    public ScriptedBackend Second { get; }

    /// <summary>Nobody listens there.</summary>
    public static string Nobody
    {
        get
        {
            using var listener = new TcpListener(IPAddress.Loopback, 0);
            listener.Start();
            return $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}";
        }
    }

    public static async Task<TheBackends> StartAsync(Action<TheBackends>? change = null)
    {
        var backends = new TheBackends(await ScriptedBackend.StartAsync());
        backends.Second.Answer = static context => ScriptedBackend.WriteJsonAsync(context, ScriptedBackend.Completion("From the second."));
        backends["Clusters:c:Destinations:1:Address"] = backends.Second.Url;
        backends["Clusters:c:Destinations:1:Priority"] = "1";
        change?.Invoke(backends);
        await backends.Gateway.InitializeAsync();
        return backends;
    }

    /// <summary>A setting below <c>Backends</c>.</summary>
    public string this[string key]
    {
        set => Gateway.Settings["Backends:" + key] = value;
    }

    public Task<Answer> AskAsync(bool stream = false) => Gateway.SendAsync(TheGateway.Ask("hello", stream));

    public async Task AssertSecondAnswersAsync()
    {
        var answer = await AskAsync();

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal(ScriptedBackend.Completion("From the second."), answer.Text);
    }

    public static ScriptedBackend.Script Status(int status, string? retryAfter = null) => context =>
    {
        context.Response.Headers.RetryAfter = retryAfter;
        return ScriptedBackend.WriteJsonAsync(context, $$$"""{"error":{"message":"status {{{status}}}","code":"x"}}""", status);
    };

    /// <summary>Begins an answer and, once its head has arrived, breaks the connection.</summary>
    public static ScriptedBackend.Script BreakOff(bool stream, string begin, TimeSpan after = default) => async context =>
    {
        context.Response.ContentType = stream ? "text/event-stream" : "application/json";
        await context.Response.WriteAsync(begin);
        await context.Response.Body.FlushAsync();
        await Task.Delay(after > TimeSpan.Zero ? after : TimeSpan.FromMilliseconds(100));
        context.Abort();
    };

    public async ValueTask DisposeAsync()
    {
        await Gateway.DisposeAsync();
        await Second.DisposeAsync();
    }
}
