using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;
using PolicyGateway.Access;
using PolicyGateway.Audit;
using PolicyGateway.Dialects;
using PolicyGateway.Forwarding;
using PolicyGateway.Hosting;
using PolicyGateway.Identity;
using PolicyGateway.Policy;
using PolicyGateway.Release;
using PolicyGateway.Telemetry;

namespace PolicyGateway.Inference;

/// <summary>The path of one request, top to bottom: read, classify, decide, refuse, forward, clear, record.</summary>
internal sealed class InferenceMiddleware(
    RequestDelegate forward,
    DialectTable dialects,
    CallerReader callers,
    RequestReader requests,
    ModelRouter models,
    RequestEdits edits,
    FailOver failOver,
    Judge judge,
    Refusals refusals,
    Answers answers,
    Recorder recorder,
    GrantUse uses,
    Observations observations,
    RequestRunner runner,
    StreamRelease streams,
    GrantBook grants,
    GatewayTelemetry telemetry,
    IOptions<GatewayOptions> options,
    TimeProvider time)
{
    private readonly HoldLimits _limits = new(
        options.Value.MaxHeldBytes, options.Value.MaxHold, options.Value.SilentHold, options.Value.KeepAliveInterval, options.Value.MaxWrite);

    public Task InvokeAsync(HttpContext context)
    {
        var dialect = dialects[context.GetReverseProxyFeature().Route.Config.RouteId];

        // A connection that is switched to another protocol would go round the gate.
        context.Features.Set<IHttpUpgradeFeature>(null);
        context.Features.Set<IHttpExtendedConnectFeature>(null);
        return runner.RunAsync(context, dialect, record => HandleAsync(context, dialect, record));
    }

    private async Task HandleAsync(HttpContext context, IDialect dialect, RequestRecord record)
    {
        context.Features.Set(record.Signals);

        // 1. Read: who asks, and everything that the model will read.
        if (await ReadAsync(context, dialect, record) is { } fault)
        {
            await answers.RefuseAsync(context, dialect, record, fault);
            return;
        }

        var prompt = record.Prompt!;
        if (record.Mode != PolicyMode.Enforce)
        {
            await ObserveAsync(context, dialect, record);
            return;
        }

        // 2. Classify the prompt.
        record.PromptVerdict = await judge.PromptAsync(record, prompt, context.RequestAborted);

        // 3. Decide: caller x verdict x policy.
        var decision = Decide(record, record.PromptVerdict);

        record.ReleaseMode = prompt.IsStream ? decision.ReleaseMode : ReleaseMode.HoldAll;

        // 4. Refuse, if so decided, before the backend hears of it.
        if (decision.Refuses)
        {
            await answers.RefuseAsync(context, dialect, record, refusals.For(decision));
            return;
        }

        // 5. Forward, the gate standing in the response's place.
        // 6. Clear what comes back: a stream as it comes, a document when it is whole.
        var live = record.Live!;
        await using var hold = prompt.IsStream
            ? await streams.RunAsync(context, dialect, record, live, hold => ForwardAsync(context, record, hold), _limits)
            : await HoldAsync(context, record);
        if (hold is not null)
        {
            await ClearAsync(context, dialect, record, prompt, live, hold);
        }
    }

    private async Task<Hold> HoldAsync(HttpContext context, RequestRecord record)
    {
        var hold = Hold.All(context, _limits, time);
        try
        {
            await ForwardAsync(context, record, hold);
            return hold;
        }
        catch
        {
            await hold.DisposeAsync();
            throw;
        }
    }

    private async ValueTask<GatewayError?> ReadAsync(HttpContext context, IDialect dialect, RequestRecord record)
    {
        using var step = telemetry.Step("read");
        var identified = await callers.ReadAsync(context, dialect.CredentialHeader, ApiScope.Inference);
        if (identified.Caller is not { } caller)
        {
            return refusals.For(identified.Fault!);
        }

        (record.Caller, record.Live) = (caller, callers.Open(caller));
        if (record.Live is null)
        {
            return refusals.For(AuthenticationFault.Revoked);
        }

        record.Mode = record.Policy.ModeFor(caller.Tenant);
        if (record.Policy.AsksForAuthentication(caller))
        {
            return refusals.AuthenticationRequired();
        }

        var reading = await requests.ReadAsync(context.Request, dialect, context.RequestAborted);
        if (reading.Prompt is not { } prompt)
        {
            return reading.Error;
        }

        record.Prompt = prompt;

        // A body may take its time, in which a caller may lose what he came with.
        caller = record.Caller = await grants.AttachAsync(record.Live, prompt.Model, context.RequestAborted);
        if (caller.IsRevoked)
        {
            return refusals.For(AuthenticationFault.Revoked);
        }

        record.IsRouted = models.TryRoute(context, prompt.Model, caller);
        step?.SetTag("policygateway.tier", caller.Tier.Name);
        step?.SetTag("policygateway.request.bytes", prompt.Body.Length);
        if (!record.IsRouted)
        {
            return Refusals.UnknownModel();
        }

        var edited = edits.Apply(dialect, prompt, context.Features.GetRequiredFeature<ServedModels>(), isEnforced: record.Mode == PolicyMode.Enforce);
        record.Prompt = edited.Prompt ?? prompt;
        return edited.Error;
    }

    private Decision Decide(RequestRecord record, Verdict verdict)
    {
        using var step = telemetry.Step("decide");
        var decision = record.DecidePrompt(record.Live!.Current, time.GetUtcNow());
        recorder.Decided(record, "prompt", decision, verdict);
        return decision;
    }

    private async Task ForwardAsync(HttpContext context, RequestRecord record, Hold hold)
    {
        using var step = telemetry.Forward(Recorder.CallOf(record));
        await failOver.ForwardAsync(context, record.Prompt!, record.Live!, hold, forward, step);
        UpstreamFailures.Tag(step, context, hold.Response.StatusCode);
        if (hold.Gate.FirstByteAt is { } first)
        {
            telemetry.FirstUpstreamByte(time.GetElapsedTime(record.Timestamp, first), Recorder.CallOf(record));
        }
    }

    private async Task ClearAsync(HttpContext context, IDialect dialect, RequestRecord record, Prompt prompt, LiveCaller live, Hold hold)
    {
        using var step = telemetry.Step("clear");
        context.RequestAborted.ThrowIfCancellationRequested();
        if (UpstreamFailures.Of(context, hold, prompt.Framing) is { } failure)
        {
            await EndAsync(record, hold, () => answers.FailAsync(context, dialect, record, failure));
            return;
        }

        var completion = Read(dialect, hold, prompt, record.Signals.Listen());
        if (completion.Fault is not null)
        {
            await EndAsync(record, hold, () => answers.FailAsync(context, dialect, record, UpstreamFailures.Unreadable()));
            return;
        }

        (record.Completion, record.Usage) = (completion, completion.Usage);
        var verdict = record.CompletionVerdict = await judge.CompletionAsync(record, prompt, completion, context.RequestAborted);
        var decision = record.DecideCompletion(live.Current, verdict, time.GetUtcNow());
        recorder.Decided(record, "completion", decision, verdict);
        await EndAsync(record, hold, () => !decision.Refuses ? ReleaseAsync(context, dialect, record, live, hold)
            : hold.Response.IsSuccess || verdict.IsOfSignals ? answers.RefuseAsync(context, dialect, record, refusals.For(decision))
            : answers.FailAsync(context, dialect, record, UpstreamFailures.Replaced(hold.Response)));
    }

    private async Task ReleaseAsync(HttpContext context, IDialect dialect, RequestRecord record, LiveCaller live, Hold hold)
    {
        if (!hold.Response.IsSuccess && context.Response.HasStarted)
        {
            // The 200 is out, so the backend's error can no longer be one.
            await answers.FailAsync(context, dialect, record, UpstreamFailures.Replaced(hold.Response));
            return;
        }

        try
        {
            if (record.IsGated)
            {
                await uses.CountAsync(record, live, context.RequestAborted);
                if (!record.Refuses(live.Current, time.GetUtcNow()))
                {
                    await recorder.CommitIntentAsync(record, context.RequestAborted);
                }
            }
        }
        catch (AuditUnavailableException)
        {
            await answers.RefuseAsync(context, dialect, record, Refusals.AuditUnavailable());
            return;
        }

        // Asked again: the commit takes time, in which a caller may lose what he has.
        var decision = record.DecideCompletion(live.Current, record.CompletionVerdict!, time.GetUtcNow());
        await (decision.Refuses ? answers.RefuseAsync(context, dialect, record, refusals.For(decision)) : answers.ReleaseAsync(context, record, hold));
    }

    private async Task EndAsync(RequestRecord record, Hold hold, Func<Task> answer)
    {
        await hold.EndAsync();
        await answer();
        telemetry.Held(hold.Elapsed, hold.Bytes.Length, record.Outcome.Name());
    }

    /// <summary>Shadow and off: nothing waits for a verdict and no byte changes because of one.</summary>
    private async Task ObserveAsync(HttpContext context, IDialect dialect, RequestRecord record)
    {
        record.ReleaseMode = ReleaseMode.PassThrough;
        await using var hold = Hold.Nothing(context, record.DecisionId, _limits, time);
        await ForwardAsync(context, record, hold);
        await hold.EndAsync();
        record.ReleasedBytes = hold.Bytes.Length + hold.Gate.Unjudged;
        try
        {
            context.RequestAborted.ThrowIfCancellationRequested();
            if (UpstreamFailures.OfTransport(context, hold) is { } failure)
            {
                await answers.FailAsync(context, dialect, record, failure);
            }
            else
            {
                await answers.CompleteAsync(context, record, hold);
            }
        }
        finally
        {
            // However it ended, something may have left. It is judged when the request is over: the record wants the verdict,
            // the client and those behind him do not.
            if (record.Mode == PolicyMode.Shadow)
            {
                observations.Take(context, dialect, record, hold);
            }
        }
    }

    private static Completion Read(IDialect dialect, Hold hold, Prompt prompt, BackendAnnotations? annotations) =>
        hold.Response.IsSuccess ? dialect.ReadCompletion(hold.Bytes, prompt.Framing, annotations) : AnswerReader.ReadLeaves(hold.Bytes, annotations);
}
