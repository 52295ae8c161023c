using PolicyGateway.Configuration;

namespace PolicyGateway.Revocation;

/// <summary>Polls one transmitter: takes what it has, and tells it with the next poll what was taken and what was not.</summary>
internal sealed partial class EventPoller(Transmitter transmitter, SecurityEventReceiver receiver, PollClient client, ILogger logger)
{
    /// <summary>Even a transmitter that always has more is not asked without end.</summary>
    private static readonly TimeSpan LeastWait = TimeSpan.FromMilliseconds(100);

    private static readonly TimeSpan FirstBackOff = TimeSpan.FromSeconds(1);

    // A revocation that waits longer than this is worse than the load.
    private static readonly TimeSpan LongestBackOff = TimeSpan.FromSeconds(30);

    private readonly string? _secret = Secrets.Read(transmitter.Options.PollSecretEnvironment, transmitter.Options.PollSecretFile);

    // What the transmitter has not heard yet; kept until an answer shows that it has.
    private readonly HashSet<string> _done = new(StringComparer.Ordinal);
    private readonly Dictionary<string, EventFault> _refused = new(StringComparer.Ordinal);
    private int _failures;

    /// <summary>Polls once.</summary>
    /// <returns>How long to wait before the next.</returns>
    public async Task<TimeSpan> PollAsync(CancellationToken cancellationToken)
    {
        try
        {
            var polled = await client.PollAsync(transmitter.Options.PollAddress!, _secret, _done, _refused, cancellationToken);
            _done.Clear();
            _refused.Clear();
            if (!await TakeAsync(polled, cancellationToken))
            {
                return BackOff();
            }

            _failures = 0;
            return polled.HasMore || polled.Tokens.Count > 0 ? LeastWait : transmitter.Options.PollInterval;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return TimeSpan.Zero;
        }
        catch (TaskCanceledException)
        {
            // The transmitter held the poll for longer than we wait: nothing happened.
            return transmitter.Options.PollInterval;
        }
#pragma warning disable CA1031 // Whatever broke, the transmitter is asked again.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Log.Failed(logger, transmitter.Options.Name, exception);
            return BackOff();
        }
    }

    /// <returns>False where a token could not be checked or kept; it is not acknowledged, and so comes again.</returns>
    private async Task<bool> TakeAsync(Polled polled, CancellationToken cancellationToken)
    {
        var all = true;
        foreach (var (id, token) in polled.Tokens)
        {
            switch (await receiver.ReceiveAsync(token, new Delivery([transmitter], id), cancellationToken))
            {
                case null:
                    _done.Add(id);
                    break;
                case { IsPassing: true }:
                    all = false;
                    break;
                case var fault:
                    _refused[id] = fault;
                    break;
            }
        }

        return all;
    }

    private TimeSpan BackOff()
    {
        var wait = FirstBackOff * Math.Pow(2, Math.Min(_failures++, 10));
        return wait < LongestBackOff ? wait : LongestBackOff;
    }

    private static partial class Log
    {
        [LoggerMessage(EventName = "SecurityEventPollFailed", Level = LogLevel.Warning, Message = "Transmitter {Transmitter} could not be polled; what it has to say is not known here.")]
        public static partial void Failed(ILogger logger, string transmitter, Exception exception);
    }
}
