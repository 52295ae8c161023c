using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Http.Headers;
using System.Threading.RateLimiting;
using Microsoft.Extensions.Options;
using PolicyGateway.Forwarding;
using PolicyGateway.Telemetry;

namespace PolicyGateway.Guard;

/// <summary>
/// Asks the operator's guard model about a text. Whatever keeps it from an answer in time and form is an answer, too, that
/// does not count: the guard is never waited for longer than its deadline, and asked no more often than its budget.
/// </summary>
internal sealed class GuardClient : IDisposable
{
    /// <summary>Longer than any answer in the agreed form, its reasoning included.</summary>
    private const int LongestAnswer = 256 * 1024;

    private readonly GuardOptions _options;
    private readonly GatewayTelemetry _telemetry;
    private readonly TimeProvider _time;
    private readonly HttpClient? _client;
    private readonly BackendKey? _key;
    private readonly string? _policy;
    private readonly Circuit _circuit;
    private readonly ConcurrencyLimiter _places;
    private readonly FixedWindowRateLimiter _budget;

    public GuardClient(IOptions<GuardOptions> options, GatewayTelemetry telemetry, TimeProvider time)
    {
        (_options, _telemetry, _time) = (options.Value, telemetry, time);
        _places = new ConcurrencyLimiter(new ConcurrencyLimiterOptions { PermitLimit = _options.Concurrency });
        _budget = new FixedWindowRateLimiter(new FixedWindowRateLimiterOptions { PermitLimit = _options.CallsPerMinute, Window = TimeSpan.FromMinutes(1) });

        // One that is down would cost each text in doubt its deadline.
        _circuit = new Circuit(new CircuitBreakerOptions(), time);
        if (_options.Endpoint is not null)
        {
            _key = BackendKey.Read(_options.ApiKeyHeader, _options.ApiKeyEnvironment, _options.ApiKeyFile);
            _policy = _options.PolicyFile is { } file ? File.ReadAllText(file) : null;
            _client = CreateClient();
        }
    }

    /// <summary>Whether there is a guard at all.</summary>
    public bool IsOn => _client is not null;

    /// <summary>Asks about a prompt, or about a completion with the prompt that it answers.</summary>
    /// <param name="prompt">All that was asked.</param>
    /// <param name="completion">What was answered; null for a prompt alone.</param>
    /// <param name="cancellationToken">The caller's own; only this throws.</param>
    public async ValueTask<GuardAnswer> AskAsync(string prompt, string? completion, CancellationToken cancellationToken)
    {
        var started = _time.GetTimestamp();
        var answer = await TryAskAsync(prompt, completion, cancellationToken);
        _telemetry.Guarded(answer.Name(), _time.GetElapsedTime(started));
        return answer;
    }

    public void Dispose()
    {
        _client?.Dispose();
        _places.Dispose();
        _budget.Dispose();
    }

    private async ValueTask<GuardAnswer> TryAskAsync(string prompt, string? completion, CancellationToken cancellationToken)
    {
        if ((long)prompt.Length + (completion?.Length ?? 0) > _options.MaxCharacters)
        {
            return GuardAnswer.TooLong;
        }

        using var place = _places.AttemptAcquire();
        if (!place.IsAcquired)
        {
            return GuardAnswer.Busy;
        }

        using var pass = _circuit.TryPass();
        if (pass is null)
        {
            return GuardAnswer.Resting;
        }

        using var call = _budget.AttemptAcquire();
        if (!call.IsAcquired)
        {
            return GuardAnswer.OverBudget;
        }

        var answer = await SendAsync(GuardMessages.Write(_options, _policy, prompt, completion), cancellationToken);
        pass.Ended(!answer.Counts());
        return answer;
    }

    [SuppressMessage("Design", "CA1031:Do not catch general exception types", Justification = "Whatever a peer makes the client throw, the verdict stands without it; its message may quote the text.")]
    private async ValueTask<GuardAnswer> SendAsync(ReadOnlyMemory<byte> question, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(_options.Deadline, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, _options.Endpoint) { Content = new ReadOnlyMemoryContent(question) };
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            if (_key is not null)
            {
                request.Headers.TryAddWithoutValidation(_key.Header, _key.Value);
            }

            using var response = await _client!.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            return response.StatusCode != HttpStatusCode.OK ? GuardAnswer.Failed
                : await ReadAsync(response.Content, either.Token) is { } body ? GuardMessages.Read(_options.Format, body)
                : GuardAnswer.Malformed;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception)
        {
            return deadline.IsCancellationRequested ? GuardAnswer.Late : GuardAnswer.Failed;
        }
    }

    /// <summary>The body; null where it is longer than any answer, whatever it says of its length.</summary>
    private static async ValueTask<ReadOnlyMemory<byte>?> ReadAsync(HttpContent content, CancellationToken cancellationToken)
    {
        await using var stream = await content.ReadAsStreamAsync(cancellationToken);
        var (body, length) = (new byte[4096], 0);
        while (await stream.ReadAsync(body.AsMemory(length), cancellationToken) is > 0 and var read)
        {
            length += read;
            if (length > LongestAnswer)
            {
                return null;
            }

            if (length == body.Length)
            {
                Array.Resize(ref body, 2 * length);
            }
        }

        return body.AsMemory(0, length);
    }

    private static HttpClient CreateClient() => new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
        ActivityHeadersPropagator = null,
        MaxResponseHeadersLength = 32,

        // An answer that is too long or too late is dropped at once.
        MaxResponseDrainSize = 0,
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
    })
    {
        // Each question has its deadline.
        Timeout = Timeout.InfiniteTimeSpan,
    };
}
