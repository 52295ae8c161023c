using System.Numerics;
using System.Text.Json;

namespace PolicyGateway.Classification.Encoder;

/// <summary>
/// The pieces of a unigram tokenizer with their scores, as a tree that is walked one UTF-16 character at a time. Nodes lie in
/// one open-addressed table, keyed by parent and character. Immutable.
/// </summary>
internal sealed class PieceTable
{
    /// <summary>Stands for a space within a piece, and before every word.</summary>
    public const char Space = '\u2581';

    /// <summary>What a character outside every piece costs beyond the rarest piece, as SentencePiece has it.</summary>
    private const double UnknownPenalty = 10;

    private readonly ulong[] _keys;
    private readonly int[] _children;
    private readonly int[] _ids;
    private readonly double[] _scores;

    private PieceTable(IReadOnlyList<(string Text, double Score)> pieces, Func<int, bool> isReadable)
    {
        Count = pieces.Count;
        UnknownScore = pieces.Min(static piece => piece.Score) - UnknownPenalty;
        var nodes = new Dictionary<ulong, int>();
        var ids = new List<int> { -1 };
        for (var id = 0; id < pieces.Count; id++)
        {
            if (!isReadable(id))
            {
                continue;
            }

            var node = 0;
            foreach (var c in pieces[id].Text)
            {
                if (!nodes.TryGetValue(Key(node, c), out var child))
                {
                    child = ids.Count;
                    nodes.Add(Key(node, c), child);
                    ids.Add(-1);
                }

                node = child;
            }

            ids[node] = id;
        }

        _ids = [.. ids];
        _scores = [.. pieces.Select(static piece => piece.Score)];
        var slots = (int)BitOperations.RoundUpToPowerOf2((uint)nodes.Count * 2);
        (_keys, _children) = (new ulong[slots], new int[slots]);
        foreach (var (key, child) in nodes)
        {
            var slot = Slot(key);
            while (_children[slot] != 0)
            {
                slot = (slot + 1) & (slots - 1);
            }

            (_keys[slot], _children[slot]) = (key, child);
        }
    }

    /// <summary>Pieces, the special ones counted.</summary>
    public int Count { get; }

    /// <summary>Log-probability of a character that is in no piece.</summary>
    public double UnknownScore { get; }

    /// <summary>Reads the <c>tokenizer.json</c> of a unigram model.</summary>
    /// <exception cref="BundleException">It is none, or its normaliser is another; the message names the field.</exception>
    public static PieceTable Read(byte[] json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var model = document.RootElement.GetProperty("model");
            Require(model.GetProperty("type").GetString() == "Unigram", "model.type must be Unigram");
            Require(model.GetProperty("unk_id").GetInt32() == EncoderSpec.Unknown, $"model.unk_id must be {EncoderSpec.Unknown}");
            var normalizers = document.RootElement.GetProperty("normalizer").GetProperty("normalizers");
            Require(normalizers[0].GetProperty("type").GetString() == "NFKC", "normalizer must be NFKC, and then white space folded");

            // A text cannot spell a special piece: it would begin or end where it likes.
            var special = document.RootElement.GetProperty("added_tokens").EnumerateArray().Select(static token => token.GetProperty("id").GetInt32()).ToHashSet();
            return new PieceTable(
                [.. model.GetProperty("vocab").EnumerateArray().Select(static piece => (piece[0].GetString()!, piece[1].GetDouble()))],
                id => !special.Contains(id));
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException or KeyNotFoundException or IndexOutOfRangeException or FormatException)
        {
            throw new BundleException($"The bundle's file {EncoderBundle.TokenizerFile} is no tokenizer.json of a unigram model: {fault.Message}", fault);
        }
    }

    /// <summary>The node one character further; 0, which is the root, where there is none.</summary>
    public int Step(int node, char character)
    {
        var key = Key(node, character);
        for (var slot = Slot(key); _children[slot] is var child and not 0; slot = (slot + 1) & (_children.Length - 1))
        {
            if (_keys[slot] == key)
            {
                return child;
            }
        }

        return 0;
    }

    /// <summary>The piece that ends at a node; -1 where none does.</summary>
    public int PieceAt(int node) => _ids[node];

    /// <summary>Log-probability of a piece.</summary>
    public double ScoreOf(int piece) => _scores[piece];

    private static ulong Key(int node, char character) => ((ulong)(uint)node << 16) | character;

    private int Slot(ulong key) => (int)((key * 0x9E3779B97F4A7C15) >> 32) & (_children.Length - 1);

    private static void Require(bool holds, string fault)
    {
        if (!holds)
        {
            throw new BundleException($"The bundle's file {EncoderBundle.TokenizerFile} does not fit: {fault}.");
        }
    }
}
