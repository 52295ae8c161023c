using System.Buffers;
using System.Buffers.Text;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace PolicyGateway.Dialects.Fields;

/// <summary>
/// Tells the numbers that a model computed from numbers that spell a text. Bytes and token ids are whole numbers, and the
/// letters of a text that are taken for 32-bit floats come out as huge ones (<c>"text"</c> is 7.7e31), while the entries of
/// an embedding are small and have a fraction. A vector of integers (quantized) cannot be told from bytes, so it is not real.
/// </summary>
internal static class NumberVector
{
    /// <summary>Longer than any number that a double prints; the digits of a longer one may spell a text.</summary>
    private const int LongestNumber = 32;

    private const double Largest = 64;

    /// <summary>Below it stand the floats that letters with a leading space come out as.</summary>
    private const double Smallest = 1e-12;

    /// <summary>Whether most entries are real numbers: an array of them, an array of such vectors, or the base64 of 32-bit floats.</summary>
    public static bool IsReal(JsonElement value)
    {
        var (count, odd) = (0, 0);
        return TryCount(value, ref count, ref odd) && odd <= count / 4;
    }

    /// <summary>How many entries a vector has; null where it is none.</summary>
    public static int? Dimensions(JsonElement value)
    {
        var (count, odd) = (0, 0);
        return TryCount(value, ref count, ref odd) ? count : null;
    }

    private static bool TryCount(JsonElement value, ref int count, ref int odd)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.String:
                return TryCountFloats(Unescaped(value), ref count, ref odd);
            case JsonValueKind.Array:
                foreach (var item in value.EnumerateArray())
                {
                    if (item.ValueKind == JsonValueKind.String || !TryCount(item, ref count, ref odd))
                    {
                        return false;
                    }
                }

                return true;
            case JsonValueKind.Number when JsonMarshal.GetRawUtf8Value(value).Length <= LongestNumber && value.TryGetDouble(out var number):
                count++;
                odd += IsOdd(number) ? 1 : 0;
                return true;
            case JsonValueKind.Null:
                return true;
            default:
                return false;
        }
    }

    private static bool TryCountFloats(ReadOnlySpan<byte> base64, ref int count, ref int odd)
    {
        var bytes = ArrayPool<byte>.Shared.Rent(Base64.GetMaxDecodedFromUtf8Length(base64.Length));
        try
        {
            if (Base64.DecodeFromUtf8(base64, bytes, out _, out var written) != OperationStatus.Done || written % sizeof(float) != 0)
            {
                return false;
            }

            foreach (var number in MemoryMarshal.Cast<byte, float>(bytes.AsSpan(0, written)))
            {
                count++;
                odd += IsOdd(number) ? 1 : 0;
            }

            return true;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    /// <summary>The bytes between the quotes; some writers escape the slashes of base64.</summary>
    private static ReadOnlySpan<byte> Unescaped(JsonElement text)
    {
        var raw = JsonMarshal.GetRawUtf8Value(text)[1..^1];
        return raw.Contains((byte)'\\') ? Encoding.UTF8.GetBytes(text.GetString()!) : raw;
    }

    private static bool IsOdd(double number) =>
        number != 0 && !(Math.Abs(number) is > Smallest and < Largest && number != Math.Floor(number));
}
