using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text.Json;

namespace PolicyGateway.Identity.Evidence;

/// <summary>
/// Reads the credentials that an issuer's token asserts: a name, or an object with <c>name</c> and what is known of it. A member
/// that cannot be read is not the same as one that is missing, so such a credential is left out.
/// </summary>
internal sealed class CredentialClaims
{
    private const int LongestWord = 256;

    private readonly string _issuer;
    private readonly Action<string> _ignored;
    private readonly FrozenDictionary<string, string> _names;
    private readonly ClaimPath? _credential;
    private readonly ClaimPath? _expiry;

    /// <param name="issuer">Whose tokens they are.</param>
    /// <param name="ignored">Told what was left out.</param>
    public CredentialClaims(IssuerOptions issuer, Action<string> ignored)
    {
        (_issuer, _ignored) = (issuer.Issuer, ignored);
        _credential = ClaimPath.Parse(issuer.CredentialsClaim);
        _expiry = ClaimPath.Parse(issuer.CredentialExpiryClaim);
        _names = issuer.AllowedCredentials.Select(name => (Value: name, Name: name))
            .Concat(issuer.Credentials.SelectMany(pair => pair.Value.Select(value => (Value: value, Name: pair.Key))))
            .DistinctBy(pair => pair.Value)
            .ToFrozenDictionary(pair => pair.Value, pair => pair.Name, StringComparer.Ordinal);
    }

    public ImmutableArray<Credential> Read(JsonElement payload)
    {
        if (_credential is null)
        {
            return [];
        }

        var held = ImmutableArray.CreateBuilder<Credential>();
        foreach (var element in _credential.Select(payload))
        {
            if (element.ValueKind == JsonValueKind.Object)
            {
                AddObject(held, element, payload);
            }
        }

        foreach (var text in _credential.Texts(payload))
        {
            if (Known(text) is { } name && Expiry(null, payload) is (true, var end))
            {
                held.Add(new Credential(name, _issuer, end));
            }
        }

        return held.ToImmutable();
    }

    private void AddObject(ImmutableArray<Credential>.Builder held, JsonElement element, JsonElement payload)
    {
        if (Known(Member(element, "name") is { } text ? ClaimPath.Text(text) : null) is not { } name
            || Expiry(Member(element, "exp"), payload) is not (true, var end))
        {
            return;
        }

        if (!TryTime(element, "nbf", out var notBefore) || !TryTime(element, "iat", out var issued) || !TryTime(element, "time", out var proved)
            || !TryWord(element, "method", out var method) || !TryWord(element, "assurance", out var assurance))
        {
            _ignored("credential member");
            return;
        }

        held.Add(new Credential(name, _issuer, end)
        {
            NotBefore = notBefore,
            // Of two times the older one is the stricter.
            ProvedAt = proved is null || issued < proved ? issued ?? proved : proved,
            Method = method,
            Assurance = assurance,
        });
    }

    private string? Known(string? value)
    {
        if (value is not null && _names.TryGetValue(value, out var name))
        {
            return name;
        }

        _ignored("credential");
        return null;
    }

    private (bool IsReadable, DateTimeOffset? End) Expiry(JsonElement? own, JsonElement payload)
    {
        List<JsonElement> ends = own is { } member ? [member] : _expiry?.Select(payload) ?? [];
        var end = ends is [var only] ? ClaimPath.Time(only) : null;
        if (ends.Count > 0 && end is null)
        {
            // An end that cannot be read is not the same as no end.
            _ignored("credential expiry");
            return (false, null);
        }

        return (true, end);
    }

    private static bool TryTime(JsonElement element, string name, out DateTimeOffset? time)
    {
        time = null;
        return Member(element, name) is not { } member || (time = ClaimPath.Time(member)) is not null;
    }

    private static bool TryWord(JsonElement element, string name, out string? word)
    {
        word = null;
        return Member(element, name) is not { } member
            || (member.ValueKind == JsonValueKind.String && (word = member.GetString()) is { Length: > 0 and <= LongestWord } && !word.Any(char.IsControl));
    }

    private static JsonElement? Member(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;
}
