using System.Buffers;
using System.Buffers.Text;
using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.IdentityModel.Tokens;

namespace PolicyGateway.Identity;

/// <summary>Why a signature does not count.</summary>
internal enum SignatureFault
{
    None,
    Algorithm,
    CriticalHeader,
    Type,
    KeysUnavailable,
    UnknownKey,
    Signature,
}

/// <summary>
/// A signed JSON object that is no access token, such as a status list or a security event. Nothing in it counts before
/// <see cref="VerifyAsync"/> said so, but for the <c>iss</c> that chooses whose keys to ask.
/// </summary>
internal sealed class SignedDocument
{
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    // Strict: the framework's decoder would let white space and padding pass.
    private static readonly SearchValues<char> Alphabet = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

    private readonly JsonElement _header;
    private readonly byte[] _signed;
    private readonly byte[] _signature;

    private SignedDocument(JsonElement header, JsonElement payload, byte[] signed, byte[] signature) =>
        (_header, Payload, _signed, _signature) = (header, payload, signed, signature);

    public JsonElement Payload { get; }

    /// <summary>Reads the compact form of RFC 7515; null where it is not that, or says something twice.</summary>
    public static SignedDocument? Parse(string text)
    {
        var parts = text.Split('.', 4);
        if (parts.Length != 3 || Array.Exists(parts, static part => part.AsSpan().ContainsAnyExcept(Alphabet)))
        {
            return null;
        }

        try
        {
            return Object(parts[0]) is { } header && Object(parts[1]) is { } payload
                ? new SignedDocument(header, payload, Encoding.ASCII.GetBytes(text[..(parts[0].Length + 1 + parts[1].Length)]), Base64Url.DecodeFromChars(parts[2]))
                : null;
        }
        catch (Exception fault) when (fault is FormatException or JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>A member of the payload that is a text; null where it is missing or something else.</summary>
    public string? Text(string name) => Text(Payload, name);

    /// <summary>A member of the payload that is a time in seconds since 1970; null where it is missing or something else.</summary>
    public DateTimeOffset? Time(string name) => Payload.TryGetProperty(name, out var value) ? ClaimPath.Time(value) : null;

    public static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    /// <summary>Whether the header has a member; its text, or null where it is something else.</summary>
    public bool HasHeader(string name, out string? text)
    {
        text = Text(_header, name);
        return _header.TryGetProperty(name, out _);
    }

    /// <summary>Whether somebody's key signed it, as the kind of document that it must be.</summary>
    /// <param name="keys">His keys.</param>
    /// <param name="algorithms">What he may sign with.</param>
    /// <param name="type">The <c>typ</c>, such as <c>secevent+jwt</c>.</param>
    public async ValueTask<SignatureFault> VerifyAsync(IIssuerKeys keys, FrozenSet<string> algorithms, string type) =>
        (await VerifyWithAsync(keys, algorithms, [type]).ConfigureAwait(false)).Fault;

    /// <summary>The same for a document that may be of several types, with the keys that said so.</summary>
    public async ValueTask<(SignatureFault Fault, IssuerKeySet? Keys)> VerifyWithAsync(IIssuerKeys keys, FrozenSet<string> algorithms, string[] types)
    {
        // Before any key is looked for, so that a document with "none" cannot even cause a fetch.
        if (Text(_header, "alg") is not { } algorithm || !algorithms.Contains(algorithm))
        {
            return (SignatureFault.Algorithm, null);
        }

        if (_header.TryGetProperty("crit", out _))
        {
            return (SignatureFault.CriticalHeader, null);
        }

        if (!Array.Exists(types, IsOf))
        {
            return (SignatureFault.Type, null);
        }

        var keyId = Text(_header, "kid");
        var set = await keys.GetAsync().ConfigureAwait(false);
        if (set is not null && set.For(keyId, algorithm).IsEmpty)
        {
            set = await keys.RefreshAsync(set).ConfigureAwait(false);
        }

        var fault = set is null ? SignatureFault.KeysUnavailable
            : set.For(keyId, algorithm) is not { IsEmpty: false } candidates ? SignatureFault.UnknownKey
            : candidates.Any(key => IsSignedBy(key, algorithm)) ? SignatureFault.None
            : SignatureFault.Signature;
        return (fault, set);
    }

    private bool IsOf(string type)
    {
        const string media = "application/";
        var actual = Text(_header, "typ") ?? "";
        return type.Equals(actual.StartsWith(media, StringComparison.OrdinalIgnoreCase) ? actual[media.Length..] : actual, StringComparison.OrdinalIgnoreCase);
    }

    private bool IsSignedBy(JsonWebKey key, string algorithm)
    {
        if (_signature.Length == 0 || !CryptoProviderFactory.Default.IsSupportedAlgorithm(algorithm, key))
        {
            return false;
        }

        try
        {
            var provider = CryptoProviderFactory.Default.CreateForVerifying(key, algorithm);
            try
            {
                return provider.Verify(_signed, _signature);
            }
            finally
            {
                CryptoProviderFactory.Default.ReleaseSignatureProvider(provider);
            }
        }
        catch (Exception fault) when (fault is NotSupportedException or ArgumentException or InvalidOperationException or CryptographicException)
        {
            // A key that does not fit the algorithm has signed nothing with it.
            return false;
        }
    }

    private static JsonElement? Object(string part)
    {
        using var document = JsonDocument.Parse(Base64Url.DecodeFromChars(part), Strict);
        ReadTexts(document.RootElement);
        return document.RootElement.ValueKind == JsonValueKind.Object ? document.RootElement.Clone() : null;
    }

    /// <summary>The parser lets texts pass that are no Unicode, and throws when they are read.</summary>
    /// <exception cref="InvalidOperationException">A text or a name is none.</exception>
    private static void ReadTexts(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.String:
                element.GetString();
                break;
            case JsonValueKind.Array:
                foreach (var item in element.EnumerateArray())
                {
                    ReadTexts(item);
                }

                break;
            case JsonValueKind.Object:
                foreach (var member in element.EnumerateObject())
                {
                    _ = member.Name;
                    ReadTexts(member.Value);
                }

                break;
        }
    }
}
