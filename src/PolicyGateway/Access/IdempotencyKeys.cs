using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http.Features;
using PolicyGateway.State;

namespace PolicyGateway.Access;

/// <summary>
/// Sends a change twice, makes it once: a request that brings an <c>Idempotency-Key</c> is answered as the first that brought it, for a
/// day. A client that does not know whether its request arrived can ask again.
/// </summary>
/// <remarks>https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/</remarks>
internal sealed class IdempotencyKeys(IStateStore store, TimeProvider time)
{
    public const string Header = "Idempotency-Key";

    /// <summary>Says that an answer is that of an earlier request.</summary>
    public const string Replayed = "Idempotency-Replayed";

    public const int LongestKey = 200;

    private static readonly TimeSpan LongestRun = TimeSpan.FromMinutes(1);
    public static readonly TimeSpan Lifetime = TimeSpan.FromDays(1);

    private static readonly AccessFault BadKey = new(StatusCodes.Status400BadRequest, "invalid_idempotency_key", $"{Header}: once, 1 to {LongestKey} printable characters.");
    private static readonly AccessFault OtherRequest = new(StatusCodes.Status422UnprocessableEntity, "idempotency_key_reused", $"{Header}: it was sent with another request before; take a new one.");
    private static readonly AccessFault StillRunning = new(StatusCodes.Status409Conflict, "request_in_progress", "The first request with this Idempotency-Key has no answer yet; try again.");
    private static readonly AccessFault ToldOnce = new(StatusCodes.Status409Conflict, "told_once", "It was made by an earlier request with this Idempotency-Key, and is told only once. Look at the list; replace it if you did not get it.");

    private readonly StateSet<Answered> _set = SetOf(store);

    /// <summary>The answers of a store, for those who look after all of its records.</summary>
    public static StateSet<Answered> SetOf(IStateStore store) => new(store, "idempotency", static _ => []);

    /// <summary>Whether a request of this method may bring one.</summary>
    public static bool CountFor(string? method) => HttpMethods.IsPost(method ?? "");

    /// <summary>Makes a change, unless it was made before.</summary>
    /// <param name="context">The request; its answer is written where it is new.</param>
    /// <param name="person">Whose key it is: two people may take the same.</param>
    /// <param name="make">Makes the change.</param>
    /// <param name="problem">Shows a fault.</param>
    public async Task<IResult> OnceAsync(HttpContext context, PersonRef person, Func<Task<IResult>> make, Func<AccessFault, IResult> problem)
    {
        if (context.Request.Headers[Header] is not [{ Length: > 0 and <= LongestKey } key] || key.Any(static c => c is < ' ' or > '~'))
        {
            return problem(BadKey);
        }

        var id = Hash($"{person.Key()}\n{key}");
        if (await FingerprintAsync(context) is not { } fingerprint)
        {
            // Too large, or too slow: what reads the body says so.
            return await make();
        }

        var now = time.GetUtcNow();
        var started = new Answered(person.Key(), fingerprint, now, null, null, null);
        var before = await _set.FindAsync(id, context.RequestAborted);
        if (before is { Value: var known } && now - known.At < (known.Status is null ? LongestRun : Lifetime))
        {
            return known.Fingerprint != fingerprint ? problem(OtherRequest) : known.Status is null ? problem(StillRunning) : Replay(context, known, problem);
        }

        if (!await store.TryWriteAsync([before is null ? _set.Add(id, started) : _set.Replace(before, started)], context.RequestAborted))
        {
            return problem(StillRunning);
        }

        return await MakeAsync(context, id, started, make);
    }

    /// <summary>Forgets all: his answers hold what he wrote, and those to others, who decided for him, may as well.</summary>
    /// <returns>How many there were.</returns>
    public async Task<int> EraseAsync(CancellationToken cancellationToken)
    {
        var erased = 0;
        await foreach (var stored in _set.AllAsync(null, cancellationToken))
        {
            erased += await store.TryWriteAsync([_set.Remove(stored)], cancellationToken) ? 1 : 0;
        }

        return erased;
    }

    private async Task<IResult> MakeAsync(HttpContext context, string id, Answered started, Func<Task<IResult>> make)
    {
        var body = context.Response.Body;
        using var captured = new MemoryStream();
        context.Response.Body = captured;
        var kept = false;
        try
        {
            await (await make()).ExecuteAsync(context);
            if (context.Response.StatusCode < StatusCodes.Status500InternalServerError)
            {
                var text = context.GetEndpoint()?.Metadata.GetMetadata<TellsOnce>() is null || context.Response.StatusCode >= 400
                    ? Encoding.UTF8.GetString(captured.GetBuffer(), 0, (int)captured.Length)
                    : null;
                await KeepAsync(id, started with { Status = context.Response.StatusCode, Body = text, ContentType = context.Response.ContentType });
                kept = true;
            }
        }
        finally
        {
            context.Response.Body = body;
            if (!kept)
            {
                // Nothing came of it, so that the next one is the first.
                await KeepAsync(id, null);
            }
        }

        captured.Position = 0;
        await captured.CopyToAsync(body, context.RequestAborted);
        return Results.Empty;
    }

    /// <summary>Whatever becomes of the client, the answer is kept; where it cannot be, the key says for a minute that it is under way.</summary>
    private async Task KeepAsync(string id, Answered? answered)
    {
        try
        {
            if (await _set.FindAsync(id, CancellationToken.None) is { } stored)
            {
                await store.TryWriteAsync([answered is null ? _set.Remove(stored) : _set.Replace(stored, answered)], CancellationToken.None);
            }
        }
        catch (StateUnavailableException)
        {
        }
    }

    private static IResult Replay(HttpContext context, Answered known, Func<AccessFault, IResult> problem)
    {
        context.Response.Headers[Replayed] = "true";
        return known.Body is null ? problem(ToldOnce) : Results.Text(known.Body, known.ContentType, Encoding.UTF8, known.Status);
    }

    /// <summary>What the request asks for, as a digest; null where its body is more than any endpoint takes.</summary>
    private static async Task<string?> FingerprintAsync(HttpContext context)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = AccessApi.LargestBody;
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        limit.CancelAfter(AccessApi.LongestRead);
        context.Request.EnableBuffering(AccessApi.LargestBody, AccessApi.LargestBody);
        try
        {
            var body = await SHA256.HashDataAsync(context.Request.Body, limit.Token);
            context.Request.Body.Position = 0;
            return Hash($"{context.Request.Method} {context.Request.Path}\n{Convert.ToHexStringLower(body)}");
        }
        catch (Exception fault) when (fault is IOException or OperationCanceledException && !context.RequestAborted.IsCancellationRequested)
        {
            return null;
        }
    }

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    /// <summary>An answer, or that one is under way.</summary>
    internal sealed record Answered(string Person, string Fingerprint, DateTimeOffset At, int? Status, string? Body, string? ContentType);
}

/// <summary>Marks an endpoint whose answer is kept nowhere: it holds a secret, a text that was sealed, or all that is known of a person.</summary>
internal sealed class TellsOnce
{
    public static readonly TellsOnce Metadata = new();
}
