using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using PolicyGateway.Audit;
using PolicyGateway.Dialects;
using PolicyGateway.Hosting;
using PolicyGateway.Identity;
using PolicyGateway.Policy;
using PolicyGateway.Release;
using PolicyGateway.Telemetry;

namespace PolicyGateway.Inference;

/// <summary>Answers that arrive frame by frame: judged as they come, and released as early as the decision allows.</summary>
internal sealed class StreamRelease(
    Judge judge, Refusals refusals, Answers answers, Recorder recorder, GrantUse uses, IAuditLog audit, GatewayTelemetry telemetry,
    IOptions<GatewayOptions> options, TimeProvider time)
{
    /// <summary>Runs one stream from the first byte to its end.</summary>
    /// <param name="context">The request.</param>
    /// <param name="dialect">Whose frames they are.</param>
    /// <param name="record">What is known so far; its prompt was decided.</param>
    /// <param name="live">The caller as he stands.</param>
    /// <param name="forward">Calls the backend; what comes back goes into the hold.</param>
    /// <param name="limits">Bounds.</param>
    /// <returns>Null, or the held body of a backend that answered no stream, which is the caller's to clear and to end.</returns>
    public async Task<Hold?> RunAsync(HttpContext context, IDialect dialect, RequestRecord record, LiveCaller live, Func<Hold, Task> forward, HoldLimits limits)
    {
        using var hash = audit.CreateReleaseHash();
        var intent = new ReleaseIntent(recorder, uses, record, live, context.RequestAborted);
        var windows = new WindowJudge(judge, record, time);
        var stream = new OpenStream(dialect, record, windows, live, intent, recorder, hash, options.Value.LookAhead, time);
        if (record.ReleaseMode == ReleaseMode.PassThrough)
        {
            // What will leave is not known yet, so there is a record of it, whatever the prompt was.
            intent.Begin();
        }

        Hold? hold = stream.Open(context, limits);
        try
        {
            await forward(hold);
            context.RequestAborted.ThrowIfCancellationRequested();
            if (stream.Failure is null && !hold.Response.IsSuccess && UpstreamFailures.OfTransport(context, hold) is null)
            {
                var body = hold;
                hold = null;
                return body;
            }

            using var step = telemetry.Step("clear");
            await stream.FinishAsync(context.RequestAborted);
            await hold.EndAsync();
            windows.Report();
            await EndAsync(context, dialect, record, hold, stream, intent);
            return null;
        }
        finally
        {
            if (hold is not null)
            {
                Count(record, hold, stream, hash);
                await hold.DisposeAsync();
            }
        }
    }

    /// <summary>However it ended, something may have left.</summary>
    private void Count(RequestRecord record, Hold hold, OpenStream stream, IncrementalHash hash)
    {
        (record.ReleasedBytes, record.Usage) = (hold.Passed, stream.Answer.Usage);
        record.ReleasedHash = hold.Passed > 0 ? Convert.ToHexStringLower(hash.GetHashAndReset()) : null;
        if (record.KeepsText)
        {
            record.Completion ??= stream.Answer.Finish();
        }

        telemetry.ReleasedUnscanned(stream.PassedUnjudged);
        telemetry.Held(hold.Elapsed, hold.Passed + hold.Length, record.Outcome.Name());
    }

    private async Task EndAsync(HttpContext context, IDialect dialect, RequestRecord record, Hold hold, OpenStream stream, ReleaseIntent intent)
    {
        if (stream.Refusal is { } refusal)
        {
            recorder.Decided(record, "completion", refusal, record.CompletionVerdict ?? record.PromptVerdict!);
            await answers.RefuseAsync(context, dialect, record, refusals.For(refusal), stream.Tail);
        }
        else if (!await intent.IsDurableAsync())
        {
            await answers.RefuseAsync(context, dialect, record, Refusals.AuditUnavailable(), stream.Tail);
        }
        else if (FailureOf(context, record, hold, stream) is { } failure)
        {
            await answers.FailAsync(context, dialect, record, failure);
        }
        else
        {
            recorder.Decided(record, "completion", stream.Decision!, record.CompletionVerdict!);
            record.End(Outcome.Released, stream.Decision!.Reason, context.Response.StatusCode);
            await context.Response.CompleteAsync();
        }
    }

    private static GatewayError? FailureOf(HttpContext context, RequestRecord record, Hold hold, OpenStream stream) =>
        UpstreamFailures.OfTransport(context, hold)
        ?? stream.Failure
        ?? UpstreamFailures.OfHead(hold.Response, record.Prompt!.Framing)
        ?? (stream.Decision is null ? UpstreamFailures.Unreadable() : null);
}
