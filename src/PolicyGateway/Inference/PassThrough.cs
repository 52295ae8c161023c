using PolicyGateway.Audit;
using PolicyGateway.Dialects;
using PolicyGateway.Policy;
using PolicyGateway.Release;
using PolicyGateway.Telemetry;

namespace PolicyGateway.Inference;

/// <summary>
/// A stream whose policy accepts by name that it leaves unjudged (<c>allow_unjudged</c>): judged alongside, and cut off at
/// an event's border as soon as a verdict falls outside the caller's clearance.
/// </summary>
internal sealed class PassThrough(
    Judge judge, Refusals refusals, Answers answers, Recorder recorder, GatewayTelemetry telemetry, TimeProvider time)
{
    /// <summary>Time between two looks at what has passed.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    public async Task RunAsync(HttpContext context, IDialect dialect, RequestRecord record, Func<Hold, Task> forward, HoldLimits limits)
    {
        if (!await TryCommitAsync(context, dialect, record))
        {
            return;
        }

        await using var hold = Hold.Events(context, record.DecisionId, limits, time);
        Decision? cutOff;
        try
        {
            cutOff = await ForwardAsync(dialect, record, hold, forward) ?? await JudgeAsync(dialect, record, hold);
        }
        finally
        {
            await hold.EndAsync();
            telemetry.ReleasedUnscanned(hold.Passed);
            record.ReleasedBytes = hold.Passed;
        }

        context.RequestAborted.ThrowIfCancellationRequested();
        await EndAsync(context, dialect, record, hold, cutOff);
    }

    /// <summary>Forwards and watches; the watch never outlives the hold.</summary>
    private async Task<Decision?> ForwardAsync(IDialect dialect, RequestRecord record, Hold hold, Func<Hold, Task> forward)
    {
        using var stop = new CancellationTokenSource();
        var watching = WatchAsync(dialect, record, hold, stop.Token);
        try
        {
            await forward(hold);
        }
        finally
        {
            await stop.CancelAsync();
            await watching;
        }

        return await watching;
    }

    private async Task<bool> TryCommitAsync(HttpContext context, IDialect dialect, RequestRecord record)
    {
        try
        {
            // What will leave is not known yet, so the record comes first, whatever the prompt was.
            await recorder.CommitIntentAsync(record, context.RequestAborted);
            return true;
        }
        catch (AuditUnavailableException)
        {
            await answers.RefuseAsync(context, dialect, record, Refusals.AuditUnavailable());
            return false;
        }
    }

    private async Task EndAsync(HttpContext context, IDialect dialect, RequestRecord record, Hold hold, Decision? cutOff)
    {
        if (cutOff is not null)
        {
            recorder.Decided(record, "completion", cutOff, record.CompletionVerdict!);
            await answers.RefuseAsync(context, dialect, record, refusals.For(cutOff));
        }
        else if (UpstreamFailures.Of(context, hold, isStream: true) is { } failure)
        {
            await Answers.FailAsync(context, dialect, record, failure);
        }
        else if (!hold.Response.IsSuccess)
        {
            await Answers.FailAsync(context, dialect, record, UpstreamFailures.Replaced(hold.Response.StatusCode));
        }
        else
        {
            hold.Response.CopyHeadOnce(record.DecisionId);

            // All was judged and is inside the clearance; what stands behind the last border may follow.
            await context.Response.BodyWriter.WriteAsync(hold.Bytes[hold.Passed..], context.RequestAborted);
            await answers.CompleteAsync(context, record, hold);
        }
    }

    private async Task<Decision?> WatchAsync(IDialect dialect, RequestRecord record, Hold hold, CancellationToken stop)
    {
        var seen = 0;
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stop))
            {
                if (hold.Bytes.Length > seen && await JudgeAsync(dialect, record, hold) is { } cutOff)
                {
                    hold.Valve.Close(UpstreamEnd.Refused);
                    return cutOff;
                }

                seen = hold.Bytes.Length;
            }
        }
        catch (OperationCanceledException)
        {
            // The backend is done; the last look follows.
        }
        catch
        {
            // Nobody watches any longer, so nothing more may pass.
            hold.Valve.Close(UpstreamEnd.Refused);
            throw;
        }

        return null;
    }

    /// <summary>The decision that cuts the stream off, or null while all that came is inside the clearance.</summary>
    private async Task<Decision?> JudgeAsync(IDialect dialect, RequestRecord record, Hold hold)
    {
        if (!hold.Response.IsSuccess)
        {
            return null;
        }

        // A stream that has not ended yet is no fault here; text that nobody can read is.
        var came = hold.Snapshot();
        var completion = record.Completion = dialect.ReadCompletion(came.AsMemory(0, SseBorder.After(came)), record.Prompt!.Framing) with { Fault = null };
        var verdict = record.CompletionVerdict = await judge.CompletionAsync(record.Policy, record.Prompt!, completion, CancellationToken.None);
        var decision = PolicyTable.DecideCompletion(record.Policy, record.Caller, verdict, time.GetUtcNow());
        return decision.Refuses ? decision : null;
    }
}
