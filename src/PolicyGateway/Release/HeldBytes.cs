using System.Buffers;

namespace PolicyGateway.Release;

/// <summary>
/// The bytes of one completion while they wait for a verdict: pooled, bounded, and wiped before the buffer goes back, since
/// the next request must not find what this one was refused.
/// </summary>
internal sealed class HeldBytes(int limit) : IDisposable
{
    private const int FirstSize = 4096;
    private readonly Lock _growing = new();
    private byte[] _buffer = [];

    public int Length { get; private set; }

    public ReadOnlyMemory<byte> Memory => _buffer.AsMemory(0, Length);

    /// <summary>Appends, or keeps nothing of it and returns false where the bound would be passed.</summary>
    public bool TryAppend(ReadOnlySpan<byte> bytes)
    {
        lock (_growing)
        {
            if (bytes.Length > limit - Length)
            {
                return false;
            }

            EnsureRoom(Length + bytes.Length);
            bytes.CopyTo(_buffer.AsSpan(Length));
            Length += bytes.Length;
            return true;
        }
    }

    /// <summary>A copy that stays what it is while the one writer goes on.</summary>
    public byte[] ToArray()
    {
        lock (_growing)
        {
            return Memory.ToArray();
        }
    }

    /// <summary>Forgets all of it, wiped.</summary>
    public void Clear()
    {
        lock (_growing)
        {
            _buffer.AsSpan(0, Length).Clear();
            Length = 0;
        }
    }

    public void Dispose()
    {
        Return(_buffer);
        (_buffer, Length) = ([], 0);
    }

    private void EnsureRoom(int size)
    {
        if (size <= _buffer.Length)
        {
            return;
        }

        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(FirstSize, Math.Max(size, Math.Min(limit, _buffer.Length * 2))));
        Memory.CopyTo(larger);
        Return(_buffer);
        _buffer = larger;
    }

    private static void Return(byte[] buffer)
    {
        if (buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
        }
    }
}
