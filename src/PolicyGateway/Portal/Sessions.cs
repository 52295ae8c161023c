using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Buffers.Text;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.Extensions.Options;

namespace PolicyGateway.Portal;

/// <summary>
/// Who is logged in, in memory: a browser holds a random key and no token. A restart logs everybody out, and the provider
/// usually logs them in again unasked.
/// </summary>
internal sealed class Sessions(IOptions<PortalOptions> options, TimeProvider time) : ITicketStore
{
    private const int Most = 20_000;
    private const int MostOfOne = 20;

    private readonly ConcurrentDictionary<string, Session> _sessions = new(StringComparer.Ordinal);

    public int Count => _sessions.Count;

    public Task<string> StoreAsync(AuthenticationTicket ticket)
    {
        MakeRoom(SubjectOf(ticket));
        var key = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        _sessions[key] = new Session(ticket, time.GetTimestamp());
        return Task.FromResult(key);
    }

    public Task RenewAsync(string key, AuthenticationTicket ticket)
    {
        // Only one that still is: who was logged out meanwhile stays so.
        if (_sessions.TryGetValue(key, out var session))
        {
            _sessions.TryUpdate(key, new Session(ticket, time.GetTimestamp()), session);
        }

        return Task.CompletedTask;
    }

    public Task<AuthenticationTicket?> RetrieveAsync(string key)
    {
        if (!_sessions.TryGetValue(key, out var session))
        {
            return Task.FromResult<AuthenticationTicket?>(null);
        }

        if (IsOver(session))
        {
            _sessions.TryRemove(key, out _);
            return Task.FromResult<AuthenticationTicket?>(null);
        }

        session.Used = time.GetTimestamp();
        return Task.FromResult<AuthenticationTicket?>(session.Ticket);
    }

    public Task RemoveAsync(string key)
    {
        _sessions.TryRemove(key, out _);
        return Task.CompletedTask;
    }

    /// <summary>Logs out all whom it is asked of.</summary>
    /// <returns>How many there were.</returns>
    public int End(Func<AuthenticationTicket, bool> isMeant)
    {
        var ended = 0;
        foreach (var (key, session) in _sessions)
        {
            ended += isMeant(session.Ticket) && _sessions.TryRemove(key, out _) ? 1 : 0;
        }

        return ended;
    }

    /// <summary>Logs a person out, wherever he is logged in.</summary>
    /// <returns>How many sessions there were.</returns>
    public int End(string issuer, string subject) =>
        End(ticket => ticket.Principal.FindFirst("iss")?.Value == issuer && SubjectOf(ticket) == subject);

    private bool IsOver(Session session) =>
        time.GetElapsedTime(session.Used) > options.Value.IdleTimeout || session.Ticket.Properties.ExpiresUtc <= time.GetUtcNow();

    /// <summary>One person's logins push out his own, so that nobody is logged out by another.</summary>
    private void MakeRoom(string? subject)
    {
        if (_sessions.Count >= Most)
        {
            Shed(_sessions.Where(session => IsOver(session.Value)), 0);
            Shed(_sessions, Most - 1);
        }

        Shed(_sessions.Where(session => SubjectOf(session.Value.Ticket) == subject), MostOfOne - 1);
    }

    private void Shed(IEnumerable<KeyValuePair<string, Session>> sessions, int left)
    {
        foreach (var (key, _) in sessions.OrderByDescending(static session => session.Value.Used).Skip(left).ToArray())
        {
            _sessions.TryRemove(key, out _);
        }
    }

    private static string? SubjectOf(AuthenticationTicket ticket) => ticket.Principal.FindFirst("sub")?.Value;

    private sealed class Session(AuthenticationTicket ticket, long used)
    {
        private long _used = used;

        public AuthenticationTicket Ticket { get; } = ticket;

        public long Used
        {
            get => Volatile.Read(ref _used);
            set => Volatile.Write(ref _used, value);
        }
    }
}
