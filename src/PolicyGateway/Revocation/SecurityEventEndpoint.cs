using System.Collections.Immutable;
using System.Text;
using Microsoft.Net.Http.Headers;

namespace PolicyGateway.Revocation;

/// <summary>
/// <c>POST /events</c> (RFC 8935) on the public address, since transmitters are outside; it exists only where one is configured
/// to push. What counts is the token's own signature; a secret of the transmitter's may be asked for before it is read.
/// </summary>
internal sealed class SecurityEventEndpoint(Transmitters transmitters, SecurityEventReceiver receiver, TimeProvider time, IHostApplicationLifetime lifetime)
{
    public const string Path = "/events";

    private const string MediaType = "application/secevent+jwt";
    private const string Scheme = "Bearer ";
    private const string RetryAfter = "5";

    private static readonly TimeSpan LongestRead = TimeSpan.FromSeconds(10);

    public async Task AnswerAsync(HttpContext context)
    {
        context.Response.Headers.CacheControl = "no-store";
        if (await TakeAsync(context) is not { } fault)
        {
            context.Response.StatusCode = StatusCodes.Status202Accepted;
            return;
        }

        context.Response.StatusCode = fault.IsPassing ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status400BadRequest;
        context.Response.Headers.ContentLanguage = "en";
        if (fault.IsPassing)
        {
            context.Response.Headers.RetryAfter = RetryAfter;
        }

        await context.Response.WriteAsJsonAsync(new { err = fault.Error, description = fault.Description }, context.RequestAborted);
    }

    private async Task<EventFault?> TakeAsync(HttpContext context)
    {
        var from = AllowedBy(context.Request.Headers.Authorization.ToString());
        if (from.IsEmpty)
        {
            return EventFault.Unauthenticated;
        }

        if (!MediaTypeHeaderValue.TryParse(context.Request.ContentType, out var type) || !type.MediaType.Equals(MediaType, StringComparison.OrdinalIgnoreCase))
        {
            return EventFault.MediaType;
        }

        var (text, fault) = await ReadAsync(context);

        // Whether or not the transmitter still listens, what it said is done.
        return fault ?? await receiver.ReceiveAsync(text!, new Delivery(from), lifetime.ApplicationStopping);
    }

    /// <summary>Every transmitter is asked, so that the time says nothing of whose secret it was.</summary>
    private ImmutableArray<Transmitter> AllowedBy(string authorization)
    {
        var secret = authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? authorization[Scheme.Length..].Trim() : null;
        return [.. transmitters.All.Where(transmitter => transmitter.MayPush(secret))];
    }

    private async Task<(string? Text, EventFault? Fault)> ReadAsync(HttpContext context)
    {
        if (context.Request.ContentLength > SecurityEventReader.LongestToken)
        {
            return (null, EventFault.TooLarge);
        }

        using var timeout = new CancellationTokenSource(LongestRead, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, context.RequestAborted);
        var buffer = new byte[SecurityEventReader.LongestToken + 1];
        try
        {
            var read = await context.Request.Body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, either.Token);
            return read == buffer.Length ? (null, EventFault.TooLarge) : (Encoding.ASCII.GetString(buffer, 0, read).Trim(), null);
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested)
        {
            return (null, EventFault.TooSlow);
        }
    }
}
