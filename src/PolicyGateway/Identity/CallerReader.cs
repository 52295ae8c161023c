using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using PolicyGateway.Access.Keys;
using PolicyGateway.Revocation;
using PolicyGateway.State;

namespace PolicyGateway.Identity;

/// <summary>Who is asking, or why the credential does not count. Exactly one of the two.</summary>
internal readonly record struct CallerResult(Caller? Caller, AuthenticationFault? Fault);

/// <summary>Reads the caller of a request: anonymous only where no credential was sent at all.</summary>
internal sealed class CallerReader(TierLadder ladder, GatewayTokenHandler tokens, Possession possession, StatusLists statuses, Revocations revocations, ApiKeys keys)
{
    private readonly CallerResult _anonymous = new(Caller.Anonymous(ladder), null);

    /// <summary>Reads the caller.</summary>
    /// <param name="context">The request.</param>
    /// <param name="header">Where the protocol of this path has its clients put a token; <c>Authorization</c> always counts.</param>
    /// <param name="scope">What a key must be for; null where the path lets no key in, whatever it is for.</param>
    public async ValueTask<CallerResult> ReadAsync(HttpContext context, string header, ApiScope? scope)
    {
        // Nearly every request brings a token that was verified before, and the framework's way to the same answer makes parameters,
        // claims and a principal that nobody reads.
        var sent = AccessToken.Read(context.Request, header);
        if (sent.Text is { } text && KeyText.IsMeant(text))
        {
            // A key is bound to nothing, so a proof with it is refused.
            var fault = await possession.CheckAsync(context, sent, bound: null).ConfigureAwait(false);
            return fault is null ? await ReadKeyAsync(text, context, scope).ConfigureAwait(false) : new CallerResult(null, fault);
        }

        if (sent.Text is { } token && await tokens.FindKnownAsync(token).ConfigureAwait(false) is { } known)
        {
            var fault = await possession.CheckAsync(context, sent, known.Bound).ConfigureAwait(false);
            return fault is null ? await AdmitAsync(known.Caller).ConfigureAwait(false) : new CallerResult(null, fault);
        }

        // The framework asks for the token once more, and knows no protocols.
        context.Features.Set(new CredentialHeader(header));
        var result = await context.AuthenticateAsync(JwtBearerDefaults.AuthenticationScheme).ConfigureAwait(false);
        if (result.None)
        {
            return _anonymous;
        }

        return result.Principal?.Identity is CallerIdentity identity
            ? await AdmitAsync(identity.Caller).ConfigureAwait(false)
            : new CallerResult(null, Fault(result.Failure));
    }

    /// <summary>Whom an access token stands for that somebody logged in with, and that is kept for him: one that is bound to a sender's key is no good here.</summary>
    public async ValueTask<CallerResult> ReadAsync(string token)
    {
        if (await tokens.FindKnownAsync(token).ConfigureAwait(false) is { } known)
        {
            return known.Bound is null ? await AdmitAsync(known.Caller).ConfigureAwait(false) : new CallerResult(null, AuthenticationFault.BoundSentAsBearer);
        }

        var result = await tokens.ValidateTokenAsync(token, null!).ConfigureAwait(false);
        return !result.IsValid || result.ClaimsIdentity is not CallerIdentity identity ? new CallerResult(null, Fault(result.Exception))
            : identity.Bound is null ? await AdmitAsync(identity.Caller).ConfigureAwait(false)
            : new CallerResult(null, AuthenticationFault.BoundSentAsBearer);
    }

    private async ValueTask<CallerResult> ReadKeyAsync(string key, HttpContext context, ApiScope? scope)
    {
        try
        {
            if (await keys.ReadAsync(key, context.RequestAborted).ConfigureAwait(false) is not { } owner)
            {
                return new CallerResult(null, AuthenticationFault.UnknownApiKey);
            }

            if (scope is { } wanted && !owner.IsFor(wanted))
            {
                return new CallerResult(null, AuthenticationFault.NotFor(wanted));
            }

            if (!owner.IsShared)
            {
                return await AdmitAsync(owner).ConfigureAwait(false);
            }

            return EndUser.Read(context.Request) is { } endUser
                ? await AdmitAsync(owner with { EndUser = endUser }).ConfigureAwait(false)
                : new CallerResult(null, AuthenticationFault.EndUserMissing);
        }
        catch (StateUnavailableException)
        {
            return new CallerResult(null, AuthenticationFault.KeyStoreUnavailable);
        }
    }

    /// <summary>Begins an answer of an admitted caller.</summary>
    /// <returns>Null where something was revoked since he was admitted, which his answer would not have heard of.</returns>
    public LiveCaller? Open(Caller admitted)
    {
        var opened = revocations.Open(admitted);
        if (opened is null || !keys.HasEnded(admitted))
        {
            return opened;
        }

        opened.Dispose();
        return null;
    }

    /// <summary>Whether an admitted caller would still be: for those whose body took its time.</summary>
    public bool StillAdmits(Caller caller) => statuses.StillCounts(caller) && revocations.Admit(caller) is not null;

    /// <summary>Asked for each request: a token is remembered, and what was revoked since is not in it.</summary>
    private async ValueTask<CallerResult> AdmitAsync(Caller caller) =>
        await statuses.CheckAsync(caller).ConfigureAwait(false) is { } fault ? new CallerResult(null, fault)
        : revocations.Admit(statuses.Mark(caller)) is { } admitted ? new CallerResult(admitted, null)
        : new CallerResult(null, AuthenticationFault.Revoked);

    /// <summary>A failure of any other kind is a bug or a broken peer; the credential still does not count.</summary>
    public static AuthenticationFault Fault(Exception? failure) =>
        (failure as AuthenticationFaultException)?.Fault ?? AuthenticationFault.Other;
}

/// <summary>The header where a request's token may stand beside <c>Authorization</c>, for the framework's way of reading it.</summary>
internal sealed record CredentialHeader(string Name);
