using System.Buffers;
using Microsoft.Extensions.Options;
using PolicyGateway.Audit;
using PolicyGateway.Dialects;
using PolicyGateway.Hosting;
using PolicyGateway.Policy;
using PolicyGateway.Portal;
using PolicyGateway.Release;
using PolicyGateway.Telemetry;

namespace PolicyGateway.Inference;

/// <summary>Writes what the client gets: an error, a block, or what was held. Each ends the record with what it wrote.</summary>
internal sealed class Answers(IAuditLog audit, GatewayTelemetry telemetry, PortalLinks links, IOptions<GatewayOptions> options, TimeProvider time)
{
    /// <summary>
    /// Between the frame that says what failed and the end of the connection: Node's fetch drops what it has not handed over
    /// yet when the connection ends, and a client that reads both at once would see only that.
    /// </summary>
    private static readonly TimeSpan Settling = TimeSpan.FromMilliseconds(250);

    /// <summary>Says no: an honest status while nothing has left, the dialect's block signal after a keep-alive.</summary>
    public async Task RefuseAsync(
        HttpContext context, IDialect dialect, RequestRecord record, GatewayError error, StreamTail? tail = null)
    {
        using var step = telemetry.Step("refuse");
        step?.SetTag("policygateway.reason", error.Code);
        error = error with { DecisionId = record.DecisionId, AppealUri = error.AppealUri is null ? null : links.Appeal(record.DecisionId) };
        record.End(Outcome.Refused, error.Code, context.Response.HasStarted ? StatusCodes.Status200OK : error.Status);
        if (context.Response.HasStarted)
        {
            await WriteAsync(context, output => dialect.WriteBlock(output, record.Prompt!, time.GetUtcNow(), error, tail ?? StreamTail.Start));
            return;
        }

        await WriteErrorAsync(context, dialect, record.DecisionId, error);
    }

    /// <summary>
    /// The backend failed. After a keep-alive some clients notice only an error frame and some only a broken connection, so
    /// they get both; a clean end would look like a completion.
    /// </summary>
    public async Task FailAsync(HttpContext context, IDialect dialect, RequestRecord record, GatewayError error)
    {
        error = error with { DecisionId = record.DecisionId };
        record.End(Outcome.UpstreamFailed, error.Code, context.Response.HasStarted ? StatusCodes.Status200OK : error.Status);
        if (context.Response.HasStarted)
        {
            if (record.Prompt!.IsStream)
            {
                await WriteAsync(context, output => dialect.WriteStreamFailure(output, record.Prompt!, error));
                await Task.Delay(Settling, time, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            // Not Abort, which would drop the frame with the connection: the server sends what was written and closes before
            // the end of the body, since the application failed.
            throw new BrokenStreamException();
        }

        await WriteErrorAsync(context, dialect, record.DecisionId, error);
    }

    /// <summary>Releases what was held: head, then the backend's very bytes.</summary>
    public async Task ReleaseAsync(HttpContext context, RequestRecord record, Hold hold)
    {
        record.ReleasedBytes = hold.Bytes.Length;
        record.ReleasedHash = Hash(hold.Bytes.Span);
        if (!context.Response.HasStarted)
        {
            hold.Response.CopyHeadOnce(record.DecisionId);

            // No chunks around what is known to be whole.
            context.Response.ContentLength = hold.Bytes.Length;
        }

        // Set before the write: a client that leaves in its middle may have read all of it.
        record.End(Outcome.Released, record.Decision!.Reason, context.Response.StatusCode);
        telemetry.FirstReleasedByte(time.GetElapsedTime(record.Timestamp), Recorder.CallOf(record));
        await WriteAsync(context, hold.Bytes);
    }

    /// <summary>Ends an answer that passed as it came, before anybody judges it.</summary>
    public async Task CompleteAsync(HttpContext context, RequestRecord record, Hold hold)
    {
        hold.Response.CopyHeadOnce(record.DecisionId);
        await context.Response.CompleteAsync();
        record.ReleasedBytes = hold.Bytes.Length + hold.Gate.Unjudged;
        record.ReleasedHash = hold.Gate.Unjudged == 0 ? Hash(hold.Bytes.Span) : null;
        record.End(Outcome.Released, ReasonCode.Allowed, hold.Response.StatusCode);
        if (hold.Gate.FirstByteAt is { } first)
        {
            // It left as it came.
            telemetry.FirstReleasedByte(time.GetElapsedTime(record.Timestamp, first), Recorder.CallOf(record));
        }
    }

    /// <summary>The keyed hash of what left.</summary>
    private string Hash(ReadOnlySpan<byte> released)
    {
        using var hash = audit.CreateReleaseHash();
        hash.AppendData(released);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    public async Task WriteErrorAsync(HttpContext context, IDialect dialect, string decisionId, GatewayError error)
    {
        var response = context.Response;
        response.StatusCode = error.Status;
        response.ContentType = "application/json";
        response.Headers[ResponseHead.RequestId] = decisionId;
        response.Headers.CacheControl = "no-store";
        response.Headers.XContentTypeOptions = "nosniff";
        if (error.Challenge is { } challenge)
        {
            response.Headers.WWWAuthenticate = challenge;
        }

        if (error.RetryAfter is { } seconds)
        {
            response.Headers.RetryAfter = seconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
        }

        if (error.IsFinal || error.IsForRetry)
        {
            response.Headers["x-should-retry"] = error.IsForRetry ? "true" : "false";
        }

        await WriteAsync(context, output => dialect.WriteError(output, error));
    }

    private async Task WriteAsync(HttpContext context, Action<IBufferWriter<byte>> write)
    {
        var output = new ArrayBufferWriter<byte>(1024);
        write(output);
        await WriteAsync(context, output.WrittenMemory);
    }

    private async Task WriteAsync(HttpContext context, ReadOnlyMemory<byte> bytes) =>
        await new PatientWriter(context, options.Value.MaxWrite, time).WriteAsync(bytes, context.RequestAborted);
}
