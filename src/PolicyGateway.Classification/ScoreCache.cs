using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace PolicyGateway.Classification;

/// <summary>
/// Scores of texts that were scored lately, so that a conversation that is sent again with each turn is not judged again.
/// The key is a keyed hash of all that a score depends on, each part with its length, and of whose text it is: nothing can be
/// asked of it without the text, and nobody learns from its speed what another has asked. No text is kept.
/// </summary>
/// <param name="capacity">Scores that are kept; 0 keeps none. The one that was not used for longest goes.</param>
internal sealed class ScoreCache(int capacity)
{
    private readonly byte[] _secret = RandomNumberGenerator.GetBytes(32);
    private readonly Dictionary<Key, LinkedListNode<(Key Key, Scores Scores)>> _nodes = [];
    private readonly LinkedList<(Key Key, Scores Scores)> _byUse = new();

    /// <summary>The key of a text; the cache lives as long as its model, so the model is no part of it.</summary>
    public Key KeyOf(in ClassifierInput input)
    {
        if (capacity == 0)
        {
            return default;
        }

        using var hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, _secret);
        Span<byte> lengths = stackalloc byte[16];
        BinaryPrimitives.WriteInt32LittleEndian(lengths, (int)input.Kind);
        BinaryPrimitives.WriteInt32LittleEndian(lengths[4..], input.Owner.Length);
        BinaryPrimitives.WriteInt32LittleEndian(lengths[8..], input.Prompt.Length);
        BinaryPrimitives.WriteInt32LittleEndian(lengths[12..], input.Text.Length);
        hash.AppendData(lengths);
        hash.AppendData(MemoryMarshal.AsBytes(input.Owner.AsSpan()));
        hash.AppendData(MemoryMarshal.AsBytes(input.Prompt.Span));
        hash.AppendData(MemoryMarshal.AsBytes(input.Text.Span));
        Span<byte> digest = stackalloc byte[32];
        hash.GetHashAndReset(digest);
        return MemoryMarshal.Read<Key>(digest);
    }

    public Scores? TryGet(Key key)
    {
        if (capacity == 0)
        {
            return null;
        }

        lock (_nodes)
        {
            if (!_nodes.TryGetValue(key, out var node))
            {
                return null;
            }

            _byUse.Remove(node);
            _byUse.AddFirst(node);
            return node.Value.Scores;
        }
    }

    /// <summary>Keeps a score; "unknown" is none.</summary>
    public void Add(Key key, Scores scores)
    {
        if (capacity == 0 || scores.IsUnknown)
        {
            return;
        }

        lock (_nodes)
        {
            if (_nodes.ContainsKey(key))
            {
                return;
            }

            if (_nodes.Count >= capacity)
            {
                _nodes.Remove(_byUse.Last!.Value.Key);
                _byUse.RemoveLast();
            }

            _nodes.Add(key, _byUse.AddFirst((key, scores)));
        }
    }

    /// <summary>A keyed hash.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public readonly record struct Key(ulong A, ulong B, ulong C, ulong D);
}
