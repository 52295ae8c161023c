using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using PolicyGateway.Dialects.Fields;
using PolicyGateway.Dialects.Frames;

namespace PolicyGateway.Dialects;

/// <summary>
/// Reads one answer as the client will, frame by frame: texts are appended by choice and channel, so that what was cut into
/// frames is one text again. A dialect says when an answer is whole and what its open ends are.
/// </summary>
internal abstract class AnswerReader
{
    private const int Deepest = 64;

    /// <summary>
    /// What has no place in a comment, an event or an id: many clients end a line at more characters than an event stream does
    /// (the control characters, U+0085, U+2028, U+2029) and would find data behind one, and an escape is not undone here.
    /// </summary>
    private static readonly SearchValues<char> ReadTwoWays = SearchValues.Create(
        [.. Enumerable.Range(0, 0xa0).Select(static c => (char)c).Where(static c => char.IsControl(c) && c != '\t'), '\u2028', '\u2029', '\\']);

    private readonly AnswerMap _map;
    private readonly Framing _framing;
    private readonly FieldReader _fields;
    private readonly ArrayBufferWriter<byte> _data = new();
    private bool _hasFrames;
    private bool _arrayIsClosed;

    protected AnswerReader(AnswerMap map, Framing framing)
    {
        (_map, _framing) = (map, framing);
        _fields = new FieldReader(Texts, new QuietFields());
    }

    public TextCollector Texts { get; } = new();

    /// <summary>What is wrong with the answer, as a constant sentence; null while nothing is.</summary>
    public string? Fault { get; private set; }

    /// <summary>Whether it holds a field or a frame that the dialect does not know, which may carry text in a way unforeseen.</summary>
    public bool HasUnknown => _fields.HasUnknown;

    /// <summary>Where the stream stands behind the last frame that was read.</summary>
    public StreamTail Tail { get; protected set; } = StreamTail.Start;

    /// <summary>Takes down what the backend notes of the answer; null where nobody asks for it.</summary>
    public BackendAnnotations? Annotations { get; set; }

    /// <summary>Tokens that the backend says it used; null before it says so.</summary>
    public TokenUsage? Usage { get; protected set; }

    /// <summary>Whether the last frame tells usage and nothing else.</summary>
    public bool IsUsageFrame { get; protected set; }

    /// <summary>Whether everything that a whole answer has was there.</summary>
    protected abstract bool IsWhole { get; }

    /// <summary>Reads the next frame, whole.</summary>
    public void Read(ReadOnlyMemory<byte> frame)
    {
        IsUsageFrame = false;
        Fault ??= _framing switch
        {
            Framing.Sse => ReadEvent(frame),
            Framing.JsonArray => ReadElement(frame),
            _ => ReadLine(frame),
        };
        _hasFrames = true;
    }

    /// <summary>All that was read. An answer that is not whole is a fault.</summary>
    public Completion Finish() => new(
        Texts.ToTexts(), Texts.HasUnclassified, Fault ?? (IsWhole && (_arrayIsClosed || _framing != Framing.JsonArray) ? null : "The backend's answer ended before it was whole."))
    {
        Usage = Usage,
        Annotations = Annotations?.Found ?? Completion.NoAnnotations,
    };

    /// <summary>Any JSON at all, every leaf of it: a backend's error.</summary>
    /// <param name="body">The error.</param>
    /// <param name="annotations">Takes down what the backend notes in it; null where nobody asks for it.</param>
    public static Completion ReadLeaves(ReadOnlyMemory<byte> body, BackendAnnotations? annotations = null)
    {
        using var document = StrictJson.Parse(body, Deepest, out var fault);
        if (document is null)
        {
            return Completion.Broken(fault!);
        }

        var texts = new TextCollector();
        JsonLeaves.Scan(document.RootElement, texts, 0, ChannelKey.Unknown);
        annotations?.Read(document.RootElement);
        return new Completion(texts.ToTexts(), texts.HasUnclassified, null) { Annotations = annotations?.Found ?? Completion.NoAnnotations };
    }

    /// <summary>Takes from a frame what the dialect itself needs: ids, ends, usage.</summary>
    /// <param name="type">The frame's type; null where frames have none.</param>
    /// <param name="frame">The frame, an object.</param>
    protected abstract void Observe(string? type, JsonElement frame);

    /// <summary>Whether the data of an event is the mark of a stream's end, which is no JSON.</summary>
    protected virtual bool IsEndMark(ReadOnlySpan<byte> data) => false;

    private string? ReadLine(ReadOnlyMemory<byte> line) =>
        line.Span.IndexOfAnyExcept(" \t\r\n"u8) < 0 && _framing == Framing.Ndjson ? null : ReadObject(line);

    private string? ReadElement(ReadOnlyMemory<byte> frame)
    {
        var start = frame.Span.IndexOfAnyExcept(" \t\r\n"u8);
        if (start < 0)
        {
            return null;
        }

        var mark = frame.Span[start];
        if (_arrayIsClosed || mark != (_hasFrames ? mark == ']' ? ']' : ',' : '['))
        {
            return "The backend's answer is no array of frames.";
        }

        var rest = frame[(start + 1)..];
        _arrayIsClosed = mark == ']';
        return _arrayIsClosed ? rest.Span.IndexOfAnyExcept(" \t\r\n"u8) < 0 ? null : "The backend's answer goes on behind its end." : ReadObject(rest);
    }

    private string? ReadEvent(ReadOnlyMemory<byte> frame)
    {
        var lines = new SseLines(frame, isFirst: !_hasFrames);
        _data.ResetWrittenCount();
        while (lines.TryReadLine(out var line))
        {
            if (line.IsEmpty)
            {
                continue;
            }

            var (field, value) = SseLines.Split(line);
            if (field.Span.SequenceEqual("data"u8))
            {
                _data.Write(value.Span);
                _data.Write("\n"u8);
            }
            else if (!ReadOtherLine(field, value))
            {
                return "The backend's stream holds a line that is not valid UTF-8, no field of an event stream, or may be read in two ways.";
            }
        }

        if (_data.WrittenCount == 0)
        {
            return null;
        }

        var payload = _data.WrittenMemory[..^1];
        if (!IsEndMark(payload.Span))
        {
            return ReadObject(payload);
        }

        Tail = Tail with { HasEnded = true };
        return null;
    }

    /// <summary>Comments and other fields reach a client that reads the bytes, so they are text.</summary>
    private bool ReadOtherLine(ReadOnlyMemory<byte> field, ReadOnlyMemory<byte> value)
    {
        // Any other field is one that clients may read in different ways.
        var isEvent = field.Span.SequenceEqual("event"u8);
        var isKnown = field.IsEmpty || isEvent || field.Span.SequenceEqual("id"u8) || field.Span.SequenceEqual("retry"u8);
        if (!isKnown || !Utf8.IsValid(value.Span))
        {
            return false;
        }

        var text = Encoding.UTF8.GetString(value.Span);
        if (text.AsSpan().ContainsAny(ReadTwoWays))
        {
            return false;
        }

        if (isEvent && _map.Types.ContainsKey(text))
        {
            return true;
        }

        // Run together and on a line each: a text may be cut between two comments or between two words.
        Texts.Add(FieldPlace.NoGroup, ChannelKey.Lines, text);
        Texts.AddLine(FieldPlace.NoGroup, ChannelKey.Lines with { IsByLine = true }, text);
        return true;
    }

    private string? ReadObject(ReadOnlyMemory<byte> json)
    {
        using var document = StrictJson.Parse(json, Deepest, out _);
        if (document is null)
        {
            return "The backend's answer is not JSON that can be read in one way.";
        }

        var root = document.RootElement;
        if (root.ValueKind != JsonValueKind.Object)
        {
            return "The backend's answer has a frame that is no object.";
        }

        try
        {
            var type = _map.TypeField is { } name && root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
                ? value.GetString()
                : null;
            if (_map.For(type) is { } map)
            {
                _fields.Read(map, root);
                Observe(type, root);
            }
            else
            {
                _fields.ReadUnknown(root);
            }

            Annotations?.Read(root);
            return _fields.Fault;
        }
        catch (InvalidOperationException)
        {
            return "The backend's answer holds text that is not valid Unicode.";
        }
    }
}

/// <summary>
/// Where a stream stands: what a block must close to end it as the dialect does. A block goes on from what has left, and from
/// nothing that was only read: that may be what is refused.
/// </summary>
/// <param name="HasBegun">Whether the frame that opens an answer was there.</param>
/// <param name="Finished">A bit per choice that has its end.</param>
/// <param name="OpenBlock">The block that is open, or -1.</param>
/// <param name="Sequence">The number that the next frame bears, where frames are numbered.</param>
/// <param name="Items">How many items of output were begun, where an answer has items.</param>
/// <param name="HasEnded">Whether the stream's own end was there; nothing is to be written behind it.</param>
/// <param name="Id">The answer's own id, once it was there; a block goes on under it.</param>
/// <param name="OutputTokens">Tokens of output that the backend has told so far, where a block tells them.</param>
internal readonly record struct StreamTail(
    bool HasBegun, ulong Finished, int OpenBlock, long Sequence, int Items, bool HasEnded, string? Id = null, long OutputTokens = 0)
{
    public static readonly StreamTail Start = new(false, 0, -1, 0, 0, false);
}

/// <summary>Tokens as the backend counts them.</summary>
internal readonly record struct TokenUsage(long Input, long Output);
