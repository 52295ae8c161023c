using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using PolicyGateway.Access;
using PolicyGateway.Hosting;
using PolicyGateway.State;

namespace PolicyGateway.Outgoing.Webhooks;

/// <summary>
/// Names for people and organisations, made with a key that never leaves the data folder: the same for all messages to one receiver,
/// different for each receiver, and of no use to whoever guesses subjects.
/// </summary>
internal sealed class Pseudonyms
{
    public const string FileName = "outgoing/pseudonyms.key";

    private const int KeyLength = 32;

    private readonly Lazy<byte[]> _key;

    public Pseudonyms(IOptions<GatewayOptions> options) => _key = new Lazy<byte[]>(() => Read(Path.GetFullPath(Path.Combine(options.Value.DataDirectory, FileName))));

    /// <summary>Reads the key; the first time, makes it.</summary>
    /// <exception cref="StateUnavailableException">It cannot be read.</exception>
    public void Open() => _ = _key.Value;

    public string Of(string receiver, PersonRef person) => $"psn_{Of($"{receiver}\n{person.Key()}")}";

    public string Of(string receiver, OrganisationRef organisation) => $"org_{Of($"{receiver}\n{organisation.Key()}")}";

    private string Of(string text) => Convert.ToHexStringLower(HMACSHA256.HashData(_key.Value, Encoding.UTF8.GetBytes(text)).AsSpan(0, 16));

    private static byte[] Read(string file)
    {
        try
        {
            var key = Convert.FromBase64String(PrivateKeys.ReadOrMake(file, static () => Convert.ToBase64String(RandomNumberGenerator.GetBytes(KeyLength))).Trim());
            return key.Length == KeyLength ? key : throw new FormatException("it is too short");
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or FormatException)
        {
            throw new StateUnavailableException($"'{file}' is no readable key of pseudonyms (32 bytes in base64): {fault.Message}", fault);
        }
    }
}
