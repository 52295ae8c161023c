using Duende.IdentityModel;
using Duende.IdentityModel.Client;

namespace PolicyGateway.Cli.Login;

/// <summary>
/// The access token of the stored login, renewed before its end. One renewal at a time, on this machine and not only in this
/// process: a refresh token counts once, and a provider that sees it twice takes it for stolen and ends the login.
/// </summary>
internal sealed class FreshTokens(LoginStore store, HttpClient http, TextWriter progress, TimeProvider time, StoredLogin? last = null) : IAsyncDisposable
{
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    /// <summary>How long a renewal is waited for while the token before it still counts.</summary>
    private static readonly TimeSpan Short = TimeSpan.FromSeconds(2);

    /// <summary>How long a renewal may go on when the command ends: a rotated refresh token that is not kept is lost.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    /// <summary>Of a token whose provider does not say how long it lives.</summary>
    private static readonly TimeSpan UnknownLife = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _ending = new();
    private volatile Known? _known;
    private (Task<Known> Task, DateTimeOffset Since)? _look;

    /// <summary>Who was logged in last, and how: what the command that logs in again is made of where nothing is kept.</summary>
    private StoredLogin? _last = last;

    /// <summary>The token, or why there is none.</summary>
    public async Task<(FreshToken? Token, TokenFault? Fault)> GetAsync(CancellationToken cancellationToken)
    {
        if (Current() is { } current)
        {
            return (current.Token, current.Fault);
        }

        var (look, since) = Look();
        if (Meanwhile() is { } old)
        {
            try
            {
                var wait = since + Short - time.GetUtcNow();
                await look.WaitAsync(wait > TimeSpan.Zero ? wait : TimeSpan.Zero, time, cancellationToken);
            }
            catch (TimeoutException) when (old.End > time.GetUtcNow())
            {
                return (old, null);
            }
            catch (TimeoutException)
            {
                // It has ended meanwhile, so the next one is waited for as long as it takes.
            }
        }

        var known = await look.WaitAsync(cancellationToken);
        return (known.Token, known.Fault);
    }

    /// <summary>Has the renewal that is under way end soon.</summary>
    public void End() => _ending.CancelAfter(Grace);

    public async ValueTask DisposeAsync()
    {
        End();
        if (_look is { } look)
        {
            await ((Task)look.Task).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        _ending.Dispose();
    }

    private Known? Current() => _known is { } known && known.Until > time.GetUtcNow() && known.Stamp == store.Stamp() ? known : null;

    /// <summary>The token that should be renewed and still counts.</summary>
    private FreshToken? Meanwhile() => _known is { Token: { } old } known && old.End > time.GetUtcNow() && known.Stamp == store.Stamp() ? old : null;

    /// <summary>The look that is under way, for all who ask.</summary>
    private (Task<Known> Task, DateTimeOffset Since) Look()
    {
        lock (_lock)
        {
            if (Current() is { } known)
            {
                return (Task.FromResult(known), default);
            }

            if (_look is not { Task.IsCompleted: false } look)
            {
                // Not with the caller's token: whoever hangs up must not take a rotated refresh token with him.
                _look = look = (Task.Run(async () => _known = await LookAsync()), time.GetUtcNow());
            }

            return look;
        }
    }

    private async Task<Known> LookAsync()
    {
        var (old, stamp) = (_known?.Token, store.Stamp());
        StoredLogin? login = null;
        try
        {
            // Nothing is made where nobody is logged in, not even a lock.
            if ((login = store.Read()) is null)
            {
                throw new LoginRefused($"Nobody is logged in at {store.File}.");
            }

            using var locked = await store.LockAsync(_ending.Token);
            (login, stamp) = (store.Read() ?? throw new LoginRefused($"Nobody is logged in at {store.File} any more."), store.Stamp());
            _last = login;
            if (old?.Login.Id == login.Id && old.RenewAt > time.GetUtcNow())
            {
                // Another process renewed the login, which ends no access token.
                return new Known(stamp, old, null, old.RenewAt);
            }

            var token = await RenewAsync(login, old);
            return new Known(store.Stamp(), token, null, token.RenewAt);
        }
        catch (LoginRefused refused)
        {
            var fault = TokenFault.LoggedOut($"{refused.Message} Log in again: {_last?.Again(store) ?? $"policygateway login --issuer URL --client-id ID{store.Option}"}");
            await progress.WriteLineAsync(fault.Message);
            return new Known(stamp, null, fault, DateTimeOffset.MaxValue);
        }
        catch (CommandFault broken)
        {
            await progress.WriteLineAsync(broken.Message);
            var (now, again) = (time.GetUtcNow(), time.GetUtcNow() + Pause);
            return old is not null && old.End > now && old.Login.Id == login?.Id
                ? new Known(stamp, old, null, old.End < again ? old.End : again)
                : new Known(stamp, null, TokenFault.Unavailable(broken.Message), again);
        }
        catch (OperationCanceledException) when (_ending.IsCancellationRequested)
        {
            return new Known(stamp, null, TokenFault.Unavailable("The relay is ending."), DateTimeOffset.MaxValue);
        }
    }

    private async Task<FreshToken> RenewAsync(StoredLogin login, FreshToken? old)
    {
        var key = login.ProofKey is null ? null : old?.Login.Id == login.Id ? old.Key : ProofKey.Parse(login.ProofKey, time);
        var provider = await LoginProvider.DiscoverAsync(http, login.Issuer, login.ClientId, key, _ending.Token);
        Parameters asked = [new(OidcConstants.TokenRequest.RefreshToken, login.RefreshToken)];
        if (login.Resource is not null)
        {
            asked.Add(OidcConstants.TokenRequest.Resource, login.Resource);
        }

        var now = time.GetUtcNow();
        var answer = await provider.GetAsync(OidcConstants.GrantTypes.RefreshToken, asked, _ending.Token);
        if (answer.RefreshToken is { Length: > 0 } rotated && rotated != login.RefreshToken)
        {
            login = login with { RefreshToken = rotated };
            store.Write(login);
        }

        var life = answer.ExpiresIn > 0 ? TimeSpan.FromSeconds(answer.ExpiresIn) : UnknownLife;
        var margin = life / 4 < Margin ? life / 4 : Margin;
        return new FreshToken(answer.AccessToken!, key, login, now + life - margin, now + life);
    }

    /// <summary>What was found out, and until when it need not be looked at again while the file is the same.</summary>
    private sealed record Known((DateTime, long) Stamp, FreshToken? Token, TokenFault? Fault, DateTimeOffset Until);
}
