using System.Collections.Frozen;
using System.Diagnostics;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;
using PolicyGateway.Dialects;
using PolicyGateway.Identity;
using PolicyGateway.Release;
using PolicyGateway.Telemetry;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.LoadBalancing;
using Yarp.ReverseProxy.Model;

namespace PolicyGateway.Forwarding;

/// <summary>
/// Sends a request to a destination, and to another one while it fails and nothing of an answer was let through: holding
/// makes that possible long after a backend began to answer. The last failure is the answer when nobody is left.
/// </summary>
internal sealed class FailOver(
    DestinationTable table,
    IEnumerable<ILoadBalancingPolicy> policies,
    RetryBudget budget,
    GatewayTelemetry telemetry,
    IOptions<BackendOptions> options,
    TimeProvider time)
{
    private readonly FrozenDictionary<string, ILoadBalancingPolicy> _policies = policies.ToFrozenDictionary(policy => policy.Name);

    /// <param name="context">The request, which <see cref="ModelRouter.TryRoute"/> has routed.</param>
    /// <param name="prompt">What was judged.</param>
    /// <param name="caller">Who asked: what a grant for other models opened to him is closed when another model is asked.</param>
    /// <param name="hold">Stands in the response's place.</param>
    /// <param name="forward">The proxy.</param>
    /// <param name="span">The span of this step; tells how it went.</param>
    public async Task ForwardAsync(HttpContext context, Prompt prompt, LiveCaller caller, Hold hold, RequestDelegate forward, Activity? span)
    {
        var models = context.Features.GetRequiredFeature<ServedModels>().InOrder;
        var attempts = new Attempts(context, models, table, _policies, budget, options.Value.MaxAttempts, time);
        context.Features.Set(attempts);
        budget.CountRequest();

        var attempt = attempts.Take();
        while (attempt is not null)
        {
            if (attempt.Model != models[0])
            {
                caller.Change(current => current.ForModel(attempt.Model.Name));
            }

            Place(context, prompt, attempt);
            var outcome = await table[attempt.Destination.DestinationId].AskAsync(AskAsync);
            if (outcome is not null)
            {
                telemetry.Attempted(outcome.Value.Name(), attempt.Destination.DestinationId);
                Tag(span, attempts, attempt);
                if (!GoesOn(outcome.Value, attempts, hold))
                {
                    return;
                }

                context.Features.Set<IForwarderErrorFeature>(null);
                hold.Restart();
            }

            attempt = attempts.Take();
        }

        // Nobody to ask: the proxy says so in its own way.
        Point(context, models[0], []);
        await forward(context);

        async ValueTask<AttemptOutcome> AskAsync(Circuit.Pass pass)
        {
            attempts.Count(pass);
            await forward(context);
            return AttemptOutcomes.Of(context, hold);
        }
    }

    private static bool GoesOn(AttemptOutcome outcome, Attempts attempts, Hold hold) =>
        outcome != AttemptOutcome.Aborted && hold.CanRestart && (outcome.HasNoAnswer() ? attempts.TryPrepareNext() : attempts.HasNext);

    /// <summary>Points the request at one destination, with the body that it is to get.</summary>
    private static void Place(HttpContext context, Prompt prompt, Attempt attempt)
    {
        Point(context, attempt.Model, attempt.Destination);
        context.Features.Set(attempt.Model);
        JudgedBody.Set(context, prompt.BodyFor(attempt.Model.Upstream, attempt.Model.EndUser));
    }

    private static void Point(HttpContext context, ServedModel model, IReadOnlyList<DestinationState> destinations)
    {
        context.ReassignProxyRequest(context.GetReverseProxyFeature().Route, model.Cluster);
        context.GetReverseProxyFeature().AvailableDestinations = destinations;
    }

    private static void Tag(Activity? span, Attempts attempts, Attempt attempt)
    {
        span?.SetTag("policygateway.upstream.attempts", attempts.Made);
        span?.SetTag("policygateway.upstream.destination", attempt.Destination.DestinationId);
        span?.SetTag("policygateway.upstream.model", attempt.Model.Name);
    }
}
