using System.Collections.Immutable;
using System.Text.Json;
using Microsoft.Extensions.Options;
using PolicyGateway.Identity;

namespace PolicyGateway.Revocation;

/// <summary>How a token came.</summary>
/// <param name="From">The transmitters that this way is open to.</param>
/// <param name="Id">The <c>jti</c> that it was sent under; null where the way names none.</param>
internal readonly record struct Delivery(ImmutableArray<Transmitter> From, string? Id = null);

/// <summary>A security event token that counts.</summary>
/// <param name="From">Who says so.</param>
/// <param name="Id">Its <c>jti</c>.</param>
/// <param name="Issuer">Whose person it speaks of.</param>
/// <param name="Subject">The person; empty where it holds no event that is understood.</param>
/// <param name="Events">What happened.</param>
/// <param name="Unknown">How many events it holds that are not understood.</param>
internal sealed record SecurityEventToken(Transmitter From, string Id, string Issuer, string Subject, ImmutableArray<SecurityEvent> Events, int Unknown);

/// <summary>Reads security event tokens (RFC 8417) by the rules of Shared Signals: exactly one of the two results is there.</summary>
internal sealed class SecurityEventReader(Transmitters transmitters, IOptions<IdentityOptions> options, TimeProvider time)
{
    /// <summary>Longer ones are refused before anything looks inside.</summary>
    public const int LongestToken = 64 * 1024;

    private const string Type = "secevent+jwt";
    private const int MostEvents = 16;
    private const int LongestName = 256;

    public async ValueTask<(SecurityEventToken? Token, EventFault? Fault)> ReadAsync(string text, Delivery delivery)
    {
        if (text.Length > LongestToken)
        {
            return (null, EventFault.TooLarge);
        }

        if (SignedDocument.Parse(text) is not { } document)
        {
            return (null, EventFault.Malformed);
        }

        if (transmitters.Find(document.Text("iss")) is not { } from)
        {
            return (null, EventFault.Issuer);
        }

        if (!delivery.From.Contains(from))
        {
            return (null, EventFault.Unauthenticated);
        }

        return await SignatureFaultAsync(document, from).ConfigureAwait(false) is { } fault ? (null, fault) : Read(document, from, delivery.Id);
    }

    private static async ValueTask<EventFault?> SignatureFaultAsync(SignedDocument document, Transmitter from) =>
        await document.VerifyAsync(from.Keys, from.Algorithms, Type).ConfigureAwait(false) switch
        {
            SignatureFault.None => null,
            SignatureFault.Type => EventFault.Type,
            SignatureFault.CriticalHeader => EventFault.CriticalHeader,
            SignatureFault.KeysUnavailable => EventFault.Unavailable,
            _ => EventFault.Key,
        };

    private (SecurityEventToken?, EventFault?) Read(SignedDocument document, Transmitter from, string? sentUnder)
    {
        if (ClaimsFault(document, from, sentUnder) is { } fault)
        {
            return (null, fault);
        }

        var (now, issuedAt) = (time.GetUtcNow(), document.Time("iat")!.Value);
        var events = ImmutableArray.CreateBuilder<SecurityEvent>();
        var unknown = 0;
        foreach (var member in document.Payload.GetProperty("events").EnumerateObject())
        {
            if (SecurityEvent.Read(member.Name, member.Value, issuedAt, now) is { } read)
            {
                events.Add(read);
            }
            else
            {
                unknown++;
            }
        }

        var (issuer, subject) = ("", "");
        if (events.Count > 0)
        {
            if (Subject(document.Payload, from) is not { } found)
            {
                return (null, EventFault.SubjectFormat);
            }

            (issuer, subject) = found;
            if (!from.Options.SubjectIssuers.Contains(issuer))
            {
                return (null, EventFault.Foreign);
            }
        }

        return (new SecurityEventToken(from, document.Text("jti")!, issuer, subject, events.ToImmutable(), unknown), null);
    }

    private EventFault? ClaimsFault(SignedDocument document, Transmitter from, string? sentUnder)
    {
        var payload = document.Payload;
        return !IsFor(payload, from.Options.Audiences) ? EventFault.Audience
            : document.Text("jti") is not { Length: > 0 and <= LongestName } id || (sentUnder is not null && sentUnder != id) ? EventFault.Id
            : !(document.Time("iat") <= time.GetUtcNow() + options.Value.ClockSkew) ? EventFault.IssuedAt
            : payload.TryGetProperty("sub", out _) ? EventFault.HasSubject
            : payload.TryGetProperty("exp", out _) ? EventFault.HasExpiry
            : !payload.TryGetProperty("sub_id", out var subject) || subject.ValueKind != JsonValueKind.Object ? EventFault.SubjectFormat
            : !payload.TryGetProperty("events", out var events)
                || events.ValueKind != JsonValueKind.Object
                || events.GetPropertyCount() is < 1 or > MostEvents
                || events.EnumerateObject().Any(static member => member.Value.ValueKind != JsonValueKind.Object) ? EventFault.Events
            : null;
    }

    private static bool IsFor(JsonElement payload, List<string> audiences) =>
        payload.TryGetProperty("aud", out var audience)
        && (audience.ValueKind == JsonValueKind.Array ? audience.EnumerateArray().AsEnumerable() : [audience])
            .Any(one => one.ValueKind == JsonValueKind.String && audiences.Contains(one.GetString()!));

    /// <summary>RFC 9493: a person by issuer and subject, or by the transmitter's own id. Nobody is ever found by an e-mail address.</summary>
    private static (string Issuer, string Subject)? Subject(JsonElement payload, Transmitter from)
    {
        var id = payload.GetProperty("sub_id");
        var (issuer, subject) = SignedDocument.Text(id, "format") switch
        {
            "iss_sub" => (SignedDocument.Text(id, "iss"), SignedDocument.Text(id, "sub")),
            "opaque" => (from.Options.Issuer, SignedDocument.Text(id, "id")),
            _ => (null, null),
        };
        return issuer is not null && subject is { Length: > 0 and <= LongestName } ? (issuer, subject) : null;
    }
}
