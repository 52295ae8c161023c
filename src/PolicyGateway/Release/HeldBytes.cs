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
    private int _start;

    public int Length { get; private set; }

    public ReadOnlyMemory<byte> Memory => _buffer.AsMemory(_start, Length);

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
            bytes.CopyTo(_buffer.AsSpan(_start + Length));
            Length += bytes.Length;
            return true;
        }
    }

    /// <summary>Lets go of the first bytes, wiped: they have left, or never will.</summary>
    public void Drop(int count)
    {
        lock (_growing)
        {
            _buffer.AsSpan(_start, count).Clear();
            (_start, Length) = (_start + count, Length - count);
            if (Length == 0)
            {
                _start = 0;
            }
        }
    }

    public void Dispose()
    {
        Return(_buffer);
        (_buffer, _start, Length) = ([], 0, 0);
    }

    private void EnsureRoom(int size)
    {
        if (_start + size <= _buffer.Length)
        {
            return;
        }

        if (_start >= Length && size <= _buffer.Length)
        {
            // What is left moves to the front, over what was let go: at most as many bytes as were.
            Memory.CopyTo(_buffer);
            _buffer.AsSpan(_start, Length).Clear();
            _start = 0;
            return;
        }

        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(FirstSize, Math.Max(size, Math.Min(limit, _buffer.Length * 2))));
        Memory.CopyTo(larger);
        Return(_buffer);
        (_buffer, _start) = (larger, 0);
    }

    private static void Return(byte[] buffer)
    {
        if (buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
        }
    }
}
