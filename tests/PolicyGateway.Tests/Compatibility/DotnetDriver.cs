using System.Net.Http.Json;

namespace PolicyGateway.Tests.Compatibility;

/// <summary>Plays every scenario with one client of a .NET SDK, all at once, as the harness of the Node drivers does.</summary>
internal abstract class DotnetDriver(string client) : IDriver
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(40);

    public async Task<IReadOnlyList<Seen>> RunAsync(IReadOnlyList<Call> calls) =>
        await Task.WhenAll(calls.Where(call => CanPlay(call.Name)).Select(PlayAsync));

    protected virtual bool CanPlay(string scenario) => scenario != "choices";

    protected abstract Task AskAsync(Ask ask);

    /// <summary>What a program can read in what the SDK threw.</summary>
    protected abstract SeenError Describe(Exception exception);

    private async Task<Seen> PlayAsync(Call call)
    {
        var tag = $"[client={client} scenario={call.Name}]";
        using var ask = new Ask(call, $"{tag} {call.Prompt}", new Seen { Client = client, Scenario = call.Name });
        try
        {
            await AskAsync(ask).WaitAsync(Longest);
        }
        catch (TimeoutException)
        {
            ask.Seen.Ended = "hangs";
        }
        catch (Exception exception)
        {
            ask.Seen.ThenThrows = ask.Seen.Error is not null;
            ask.Seen.Ended ??= "throws";
            ask.Seen.Error ??= exception is OperationCanceledException ? new SeenError { Name = nameof(OperationCanceledException) } : Describe(exception);
        }

        if (call.Name == "abort")
        {
            using var asked = await ask.Plain.PostAsync(new Uri(call.Stopped), new StringContent(tag));
            ask.Seen.Stopped = await asked.Content.ReadFromJsonAsync<bool>();
        }

        ask.Seen.Requests = ask.Requests;
        return ask.Seen;
    }
}

/// <summary>One scenario as a client is asked to play it.</summary>
internal sealed class Ask : IDisposable
{
    private readonly CancellationTokenSource _abort = new();
    private readonly Counter _counter = new();

    public Ask(Call call, string prompt, Seen seen)
    {
        (Call, Prompt, Seen) = (call, prompt, seen);
        (Http, Plain) = (new HttpClient(_counter), new HttpClient(new SocketsHttpHandler { UseProxy = false }));
    }

    public Call Call { get; }

    public string Prompt { get; }

    public Seen Seen { get; }

    /// <summary>What the SDK is to send with: the usual one, but that it counts.</summary>
    public HttpClient Http { get; }

    public HttpClient Plain { get; }

    public int Requests => _counter.Count;

    public CancellationToken Cancelled => _abort.Token;

    public void Text(string text)
    {
        if (text.Length > 0)
        {
            if (Seen.Texts.Count == 0)
            {
                Seen.Texts.Add("");
            }

            Seen.Texts[0] += text;
            if (Call.Name == "abort")
            {
                _abort.Cancel();
            }
        }
    }

    public void Dispose()
    {
        Http.Dispose();
        Plain.Dispose();
        _abort.Dispose();
    }

    private sealed class Counter() : DelegatingHandler(new SocketsHttpHandler { UseProxy = false })
    {
        private int _count;

        public int Count => Volatile.Read(ref _count);

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _count);
            return base.SendAsync(request, cancellationToken);
        }
    }
}
