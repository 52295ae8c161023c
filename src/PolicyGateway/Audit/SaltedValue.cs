using System.Security.Cryptography;
using System.Text;

namespace PolicyGateway.Audit;

/// <summary>A personal value with its own random salt; both are erased together.</summary>
internal sealed record SaltedValue(byte[] Value, byte[] Salt)
{
    public string Digest => ChainHash.Digest(Salt, Value);

    public static SaltedValue? Of(string? value) =>
        value is null ? null : new SaltedValue(Encoding.UTF8.GetBytes(value), RandomNumberGenerator.GetBytes(ChainHash.SaltSize));
}
