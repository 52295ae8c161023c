using System.Buffers;

namespace PolicyGateway.Release;

/// <summary>
/// The bytes of one completion while they wait for a verdict: pooled, bounded, and wiped before a buffer goes back, since
/// the next request must not find what this one was refused.
/// </summary>
/// <remarks>
/// What was not read yet stands in one piece. What was read stays where it is when a buffer is full and the next one begins:
/// thousands of streams are held at once, and buffers that double would hold twice the memory and leave as much behind.
/// </remarks>
internal sealed class HeldBytes(int limit) : IDisposable
{
    private const int FirstSize = 4096;
    private const int LargestPiece = 64 * 1024;
    private readonly Lock _growing = new();
    private readonly Queue<Piece> _full = new();
    private byte[] _buffer = [];
    private int _start;
    private int _read;
    private int _fullLength;
    private int _length;

    /// <summary>How many bytes are held.</summary>
    public int Length => _fullLength + _length;

    /// <summary>All bytes of a body that nobody reads while it comes.</summary>
    public ReadOnlyMemory<byte> Memory => _full.Count == 0
        ? _buffer.AsMemory(_start, _length)
        : throw new InvalidOperationException("Bytes that were read frame by frame do not stand in one piece.");

    /// <summary>What <see cref="Advance"/> has not gone past. Valid until more bytes come.</summary>
    public ReadOnlyMemory<byte> Unread => _buffer.AsMemory(_start + _read, _length - _read);

    /// <summary>How many of the held bytes were read.</summary>
    public int Read => _fullLength + _read;

    /// <summary>Appends, or keeps nothing of it and returns false where the bound would be passed.</summary>
    public bool TryAppend(ReadOnlySpan<byte> bytes)
    {
        lock (_growing)
        {
            if (bytes.Length > limit - Length)
            {
                return false;
            }

            EnsureRoom(bytes.Length);
            bytes.CopyTo(_buffer.AsSpan(_start + _length));
            _length += bytes.Length;
            return true;
        }
    }

    /// <summary>Goes past the first unread bytes.</summary>
    public void Advance(int count) => _read += count;

    /// <summary>The first bytes, in order. Valid until they are dropped or removed.</summary>
    public ReadOnlySequence<byte> First(int count)
    {
        if (_full.Count == 0)
        {
            return new ReadOnlySequence<byte>(_buffer, _start, count);
        }

        var (first, last) = (default(Segment), default(Segment));
        foreach (var piece in _full)
        {
            Add(piece.Memory);
        }

        Add(_buffer.AsMemory(_start, _length));
        return new ReadOnlySequence<byte>(first!, 0, last!, last!.Memory.Length).Slice(0, count);

        void Add(ReadOnlyMemory<byte> memory)
        {
            last = new Segment(memory, last);
            first ??= last;
        }
    }

    /// <summary>Lets go of the first bytes, wiped: they have left, or never will.</summary>
    public void Drop(int count)
    {
        lock (_growing)
        {
            while (count > 0 && _full.TryPeek(out var piece))
            {
                var dropped = Math.Min(count, piece.Memory.Length);
                (count, _fullLength) = (count - dropped, _fullLength - dropped);
                piece.Drop(dropped);
                if (piece.Memory.IsEmpty)
                {
                    _full.Dequeue().Return();
                }
            }

            _buffer.AsSpan(_start, count).Clear();
            (_start, _length, _read) = (_start + count, _length - count, Math.Max(0, _read - count));
            if (_length == 0)
            {
                _start = 0;
            }
        }
    }

    /// <summary>Takes out the bytes that were read last; those behind move up. To be called before more bytes come.</summary>
    public void RemoveRead(int count)
    {
        lock (_growing)
        {
            var held = _buffer.AsSpan(_start, _length);
            held[_read..].CopyTo(held[(_read - count)..]);
            held[^count..].Clear();
            (_length, _read) = (_length - count, _read - count);
        }
    }

    public void Dispose()
    {
        while (_full.TryDequeue(out var piece))
        {
            piece.Return();
        }

        Return(_buffer);
        (_buffer, _start, _length, _read, _fullLength) = ([], 0, 0, 0, 0);
    }

    private void EnsureRoom(int more)
    {
        var size = _length + more;
        if (_start + size <= _buffer.Length)
        {
            return;
        }

        if (_start >= _length && size <= _buffer.Length)
        {
            // What is left moves to the front, over what was let go: at most as many bytes as were.
            _buffer.AsSpan(_start, _length).CopyTo(_buffer);
            _buffer.AsSpan(_start, _length).Clear();
            _start = 0;
            return;
        }

        if (_read > _length / 2)
        {
            BeginPiece(more);
            return;
        }

        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(FirstSize, Math.Max(size, Math.Min(limit, _buffer.Length * 2))));
        _buffer.AsSpan(_start, _length).CopyTo(larger);
        Return(_buffer);
        (_buffer, _start) = (larger, 0);
    }

    /// <summary>What was read stays behind; what was not moves to a buffer that is larger the more is held.</summary>
    private void BeginPiece(int more)
    {
        var unread = Unread;
        var next = ArrayPool<byte>.Shared.Rent(Math.Max(unread.Length + more, Math.Clamp(Length / 4, FirstSize, LargestPiece)));
        unread.CopyTo(next);
        _full.Enqueue(new Piece(_buffer, _start, _read));
        _fullLength += _read;
        (_buffer, _start, _length, _read) = (next, 0, unread.Length, 0);
    }

    private static void Return(byte[] buffer)
    {
        if (buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
        }
    }

    private sealed class Piece(byte[] buffer, int start, int length)
    {
        public Memory<byte> Memory { get; private set; } = buffer.AsMemory(start, length);

        public void Drop(int count)
        {
            Memory.Span[..count].Clear();
            Memory = Memory[count..];
        }

        public void Return() => HeldBytes.Return(buffer);
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(ReadOnlyMemory<byte> memory, Segment? before)
        {
            (Memory, RunningIndex) = (memory, before is null ? 0 : before.RunningIndex + before.Memory.Length);
            if (before is not null)
            {
                before.Next = this;
            }
        }
    }
}
