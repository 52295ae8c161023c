using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Net.Http.Headers;
using PolicyGateway.Audit;

namespace PolicyGateway.Cli.Login;

/// <summary>
/// Who may use the relay. Every program on this machine reaches it, and every page that is open in a browser here: so it asks for
/// a secret, and takes neither what a page sent nor what came by another name than this machine's.
/// </summary>
internal sealed class RelayDoor(string secret)
{
    /// <summary>Where SDKs put their keys, and what must not reach the gateway with the login's token.</summary>
    public static readonly string[] KeyHeaders = [HeaderNames.Authorization, "x-api-key", "api-key", "x-goog-api-key"];

    private const string Bearer = "Bearer ";
    private const int LeastSecret = 32;

    private static readonly string[] OwnNames = ["127.0.0.1", "localhost"];

    private static readonly TokenFault Elsewhere = new(
        StatusCodes.Status400BadRequest, "key_elsewhere", $"The relay's key belongs in one of the headers {string.Join(", ", KeyHeaders)}, and nowhere else: what is elsewhere goes on to the gateway.");

    private readonly byte[] _secret = SHA256.HashData(Encoding.UTF8.GetBytes(secret));

    /// <summary>The secret in a file; made where there is none.</summary>
    /// <exception cref="CommandFault">The file cannot be used.</exception>
    public static (string Secret, bool IsNew) SecretOf(string file)
    {
        const string option = "--key-file";
        if (LoginStore.OfFile(file, option, static text => text.Trim() is { Length: >= LeastSecret } one && one.All(static c => c is > ' ' and <= '~') ? one : null) is { } known)
        {
            return (known, false);
        }

        try
        {
            var made = "pgl_" + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
            PrivateFile.WriteNew(Path.GetFullPath(file), made + "\n");
            return (made, true);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new CommandFault($"{option}: '{file}' cannot be written: {fault.Message}", fault);
        }
    }

    /// <summary>Why a request is not let in; null where it is.</summary>
    public TokenFault? Refusal(HttpRequest request)
    {
        if (!OwnNames.Contains(request.Host.Host, StringComparer.OrdinalIgnoreCase))
        {
            return new TokenFault(StatusCodes.Status421MisdirectedRequest, "misdirected_request", "This relay is known as 127.0.0.1 and localhost only.");
        }

        if (request.Headers.ContainsKey(HeaderNames.Origin))
        {
            return new TokenFault(StatusCodes.Status403Forbidden, "origin_refused", "This relay takes nothing from pages in a browser.");
        }

        if (request.Query.Any(one => IsSecret(one.Key) || one.Value.Any(IsSecret)))
        {
            return Elsewhere;
        }

        bool[] keys = [.. from name in KeyHeaders from value in request.Headers[name] where !string.IsNullOrWhiteSpace(value) select IsSecret(value)];
        if (!keys.Contains(true))
        {
            return new TokenFault(StatusCodes.Status401Unauthorized, "invalid_api_key", "The key is not this relay's. It is in the file that 'policygateway login serve' names as it starts.");
        }

        return keys.Contains(false)
            ? new TokenFault(StatusCodes.Status400BadRequest, "several_keys", "The request has another key beside this relay's. Send one.")
            : IsTold(request) ? Elsewhere : null;
    }

    /// <summary>Whether what goes on to the gateway holds the secret; asked of those only who have it.</summary>
    private bool IsTold(HttpRequest request) =>
        Holds(request.Path.Value) || Holds(request.QueryString.Value) || Holds(Uri.UnescapeDataString(request.QueryString.Value ?? ""))
        || request.Headers.Any(header => !KeyHeaders.Contains(header.Key, StringComparer.OrdinalIgnoreCase) && header.Value.Any(Holds));

    private bool Holds(string? text) => text?.Contains(secret, StringComparison.Ordinal) == true;

    private bool IsSecret(string? sent)
    {
        var key = sent?.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) == true ? sent[Bearer.Length..] : sent;
        return CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(key?.Trim() ?? "")), _secret);
    }
}
