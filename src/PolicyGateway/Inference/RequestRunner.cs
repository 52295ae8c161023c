using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Http.Features;
using PolicyGateway.Dialects;
using PolicyGateway.Hosting;

namespace PolicyGateway.Inference;

/// <summary>What every request has around it: a record, a place among those that run at once, and an end that is recorded.</summary>
internal sealed class RequestRunner(Recorder recorder, Observations observations, Answers answers, ConcurrencyLimiter concurrency, Drain drain)
{
    /// <summary>Runs one request, or turns it away where the gateway stops or is full.</summary>
    /// <param name="context">The request.</param>
    /// <param name="dialect">In whose shape it is turned away.</param>
    /// <param name="handleAsync">Answers it, and says in the record how it ended.</param>
    public async Task RunAsync(HttpContext context, IDialect dialect, Func<RequestRecord, Task> handleAsync)
    {
        var server = context.Features.Get<IHttpActivityFeature>()?.Activity;
        var record = recorder.Begin(dialect.Name, dialect.Operation);
        context.Features.Set(record);
        using var running = drain.TryEnter(context);
        using var permit = concurrency.AttemptAcquire();
        try
        {
            await (running is null ? answers.RefuseAsync(context, dialect, record, Refusals.Draining())
                : permit.IsAcquired ? handleAsync(record)
                : answers.RefuseAsync(context, dialect, record, Refusals.Overloaded()));
        }
        catch (Exception exception) when (context.RequestAborted.IsCancellationRequested && exception is OperationCanceledException or IOException)
        {
            // The client left, or the stop waits no longer. What the client may have got stands in the record.
            record.End(
                record.ReleasedBytes > 0 ? record.Outcome : Outcome.Aborted,
                drain.HasCut ? "draining" : "client_closed_request", StatusCodes.Status499ClientClosedRequest);
        }
        catch (Exception exception) when (exception is not BrokenStreamException)
        {
            record.End(Outcome.Aborted, "internal_error", StatusCodes.Status500InternalServerError);
            throw;
        }
        finally
        {
            // 7. Record, on every way out; what is observed, once it is judged.
            record.Live?.Dispose();
            Recorder.Tag(server, record);
            if (context.Features.Get<Observation>() is { } observation)
            {
                observations.Add(observation);
            }
            else
            {
                recorder.Finish(record);
            }
        }
    }
}
