using System.Net.Http.Headers;
using Yarp.ReverseProxy.LoadBalancing;
using Yarp.ReverseProxy.Model;

namespace PolicyGateway.Forwarding;

/// <summary>The tries of one request: who was asked, and who is next.</summary>
internal sealed class Attempts(
    HttpContext context,
    IReadOnlyList<ServedModel> models,
    DestinationTable table,
    IReadOnlyDictionary<string, ILoadBalancingPolicy> policies,
    RetryBudget budget,
    int most,
    TimeProvider time)
{
    private readonly HashSet<string> _asked = new(StringComparer.Ordinal);
    private Attempt? _current;
    private Attempt? _next;
    private Circuit.Pass? _pass;

    /// <summary>How many were asked.</summary>
    public int Made { get; private set; }

    /// <summary>Whether the answer at hand was given up for another.</summary>
    public bool HasNext => _next is not null;

    /// <summary>
    /// When one of them may be asked again, in whole seconds; null where nobody knows, since none is healthy. A rest that
    /// ended after this request was turned away for it is a second.
    /// </summary>
    public int? RetryAfter =>
        models.Select(model => table.ShortestRest(model.Cluster)).Min() is { } rest ? (int)Math.Ceiling(rest.TotalSeconds)
        : models.Any(static model => model.Cluster.DestinationsState.AvailableDestinations.Count > 0) ? 1
        : null;

    /// <summary>The next to ask; null when there is nobody left.</summary>
    public Attempt? Take()
    {
        (_current, _next) = (_next ?? Pick(), null);
        return _current;
    }

    /// <summary>Counts the current one as asked: its circuit let the request through.</summary>
    public void Count(Circuit.Pass pass)
    {
        _pass = pass;
        Made++;
    }

    /// <summary>
    /// Looks at the head of an answer before anything of its body is read. True gives it up: its body is not read, and
    /// somebody else is asked.
    /// </summary>
    public bool GivesUp(HttpResponseMessage response)
    {
        var status = (int)response.StatusCode;
        _pass!.Began(AttemptOutcomes.OfStatus(status).IsFailure());
        if (status is 429 or >= 500 && RestOf(response.Headers.RetryAfter) is { } rest)
        {
            table[_current!.Destination.DestinationId].LeaveAlone(rest);
        }

        // 529 is how Anthropic says that it is overloaded.
        return status is 429 or 502 or 503 or 504 or 529 && TryPrepareNext();
    }

    /// <summary>Whether somebody else may be asked; if so, it is reserved and taken out of the budget.</summary>
    public bool TryPrepareNext()
    {
        if (_next is null && Made < most && Pick() is { } next && budget.TryRetry())
        {
            _next = next;
        }

        return HasNext;
    }

    private Attempt? Pick()
    {
        foreach (var model in models)
        {
            var candidates = table.Candidates(model.Cluster, _asked);
            if (candidates.Count > 0
                && policies[model.Cluster.Model.Config.LoadBalancingPolicy!].PickDestination(context, model.Cluster, candidates) is { } destination)
            {
                _asked.Add(destination.DestinationId);
                return new Attempt(model, destination);
            }
        }

        return null;
    }

    private TimeSpan? RestOf(RetryConditionHeaderValue? header) => header?.Delta ?? header?.Date - time.GetUtcNow();
}

/// <summary>One try.</summary>
/// <param name="Model">The model that answers.</param>
/// <param name="Destination">The server that is asked for it.</param>
internal sealed record Attempt(ServedModel Model, DestinationState Destination);
