using System.Text;
using System.Text.RegularExpressions;
using PolicyGateway.Tests.Fakes;

namespace PolicyGateway.Tests.Streams;

/// <summary>Makes streams from seeds: channels interleaved, frames and pieces cut anywhere, a marker somewhere, and faults.</summary>
internal sealed partial class StreamGenerator(IReadOnlyList<IStreamSpeller> spellers, int lookAhead)
{
    private static readonly string[] Letters = ["alpha ", "beta ", "\u00e9t\u00e9 ", "\u4e2d\u6587 ", "\ud83d\ude00 ", "line\n", "\"quoted\" ", "back\\slash "];

    public StreamScript Make(int seed)
    {
        var random = new Random(seed);
        var speller = spellers[random.Next(spellers.Count)];
        var choices = random.Next(4) == 0 ? random.Next(1, speller.MostChoices + 1) : 1;
        var hasMarker = random.Next(4) != 0;
        var asker = (Asker)random.Next(4);
        var fault = random.Next(4) == 0 ? (BackendFault)random.Next(1, 9) : BackendFault.None;
        var stream = Write(speller, choices, hasMarker, fault, random);
        var bytes = fault is BackendFault.Truncated or BackendFault.Reset ? stream.Bytes[..random.Next(stream.Bytes.Length)] : stream.Bytes;
        var pieces = Cut(bytes.Length, random);
        return new StreamScript
        {
            Seed = seed,
            Speller = speller,
            Choices = choices,
            Asker = asker,
            Fault = fault,
            Bytes = bytes,
            Pieces = pieces,
            HasMarker = hasMarker,
            MostForUncleared = hasMarker ? stream.MostForUncleared : bytes.Length,
            MarkerEnd = stream.MarkerEnd,
            DemotedBehind = asker == Asker.Demoted ? random.Next(pieces.Count) : -1,
        };
    }

    private Written Write(IStreamSpeller speller, int choices, bool hasMarker, BackendFault fault, Random random)
    {
        var stream = new Written(speller, random);
        foreach (var frame in speller.Open(choices))
        {
            stream.Add(frame, 0);
        }

        var (count, markerAt) = (random.Next(1, 60), random.Next(60));
        for (var i = 0; i < count; i++)
        {
            if (i == Math.Min(markerAt, count - 1) && hasMarker)
            {
                WriteMarker(stream, speller, choices, random);
            }

            if (i == count / 2 && fault is BackendFault.DuplicateKey or BackendFault.LoneSurrogate or BackendFault.InvalidUtf8 or BackendFault.BrokenFrame)
            {
                stream.AddFault(fault);
            }

            // Now and then a frame of 200 KB.
            var text = random.Next(1_500) == 0 ? string.Concat(Enumerable.Repeat(Letters[0], 33_000)) : string.Concat(Enumerable.Range(0, random.Next(1, 12)).Select(_ => Letters[random.Next(Letters.Length)]));
            stream.Add(speller.Text(random.Next(choices), speller.Channels[random.Next(3) == 0 ? random.Next(speller.Channels.Count) : 0], text), text.Length);
        }

        foreach (var frame in speller.Close(choices))
        {
            stream.Add(frame, 0);
        }

        stream.Finish(lookAhead);
        return stream;
    }

    /// <summary>Whole or in pieces; in one channel, over channels that follow each other, or in a side place.</summary>
    private static void WriteMarker(Written stream, IStreamSpeller speller, int choices, Random random)
    {
        var pieces = random.Next(3) == 0 ? [KeywordClassifier.Cyber] : Split(KeywordClassifier.Cyber, random);
        var side = speller.SidePlaces[stream.SidePlace % speller.SidePlaces.Count];
        var (choice, channel) = (random.Next(choices), speller.Channels[random.Next(speller.Channels.Count)]);
        var place = random.Next(3);
        foreach (var piece in pieces)
        {
            switch (place)
            {
                case 0:
                    // One text in one channel, perhaps with other text between its pieces.
                    stream.AddMarker(speller.Text(choice, channel, piece), piece.Length);
                    if (choices > 1 && random.Next(3) == 0)
                    {
                        stream.Add(speller.Text((choice + 1) % choices, channel, "beta "), 5);
                    }

                    break;
                case 1:
                    stream.AddMarker(speller.Text(random.Next(choices), speller.Channels[random.Next(speller.Channels.Count)], piece), piece.Length);
                    break;
                case 2 when side == "id" && stream.IsNameless:
                    // The one id of an answer that is a word and no more is no text.
                    stream.AddMarker(speller.Side(choice, side, $"see {KeywordClassifier.Cyber} there"), 0);
                    return;
                default:
                    stream.AddMarker(speller.Side(choice, side, piece), 0);
                    break;
            }
        }
    }

    private static string[] Split(string text, Random random)
    {
        var cuts = Enumerable.Range(0, random.Next(1, 4)).Select(_ => random.Next(1, text.Length)).Distinct().Order().ToArray();
        return [.. cuts.Prepend(0).Zip(cuts.Append(text.Length), (from, to) => text[from..to])];
    }

    private static List<int> Cut(int length, Random random)
    {
        var most = random.Next(5) switch { 0 => 1, 1 => 20, 2 => 20_000, _ => 300 };
        var pieces = new List<int>();
        for (var at = 0; at < length; at += pieces[^1])
        {
            // A stream byte by byte costs a write each, so only its first part is cut so fine.
            pieces.Add(Math.Min(length - at, random.Next(1, (pieces.Count < 300 ? most : 20_000) + 1)));
        }

        return pieces.Count == 0 ? [0] : pieces;
    }

    /// <summary>The bytes so far, and for each frame how much text had arrived behind it.</summary>
    private sealed partial class Written(IStreamSpeller speller, Random random)
    {
        private readonly List<byte> _bytes = [];
        private readonly List<(int End, int Arrived)> _frames = [];
        private int _arrived;
        private int _arrivedBeforeMarker = -1;
        private int _lastMarkerFrame = -1;

        /// <summary>A backend need not say an answer's id, so that the first one may stand where the marker does.</summary>
        public bool IsNameless { get; } = random.Next(4) == 0;

        public int SidePlace { get; } = random.Next(100);

        public byte[] Bytes { get; private set; } = [];

        public int MostForUncleared { get; private set; }

        public int MarkerEnd { get; private set; }

        public void Add(string frame, int arrives)
        {
            // Some frames are escaped: a judge that reads raw bytes would not see the marker.
            frame = IsNameless ? AnswerId().Replace(frame, "") : frame;
            var json = random.Next(10) == 0 && !frame.StartsWith(':') ? Escape(frame) : frame;
            _bytes.AddRange(speller.Frame(json, random, _frames.Count == 0));
            _arrived += arrives;
            _frames.Add((_bytes.Count, _arrived));
        }

        public void AddMarker(string frame, int arrives)
        {
            _arrivedBeforeMarker = _arrived;
            _lastMarkerFrame = _frames.Count;
            Add(frame, arrives);
        }

        public void AddFault(BackendFault fault)
        {
            var isFirst = _frames.Count == 0;
            _bytes.AddRange(fault switch
            {
                BackendFault.DuplicateKey => speller.Frame("""{"id":"a","id":"b"}""", random, isFirst),
                BackendFault.LoneSurrogate => speller.Frame("""{"id":"\ud800"}""", random, isFirst),
                BackendFault.BrokenFrame => speller.BrokenFrame,
                _ => speller.Frame("""{"id":"~"}""", random, isFirst).SelectMany(static one => one == '~' ? new byte[] { 0xC3, 0x28 } : [one]),
            });
            _frames.Add((_bytes.Count, _arrived));
        }

        public void Finish(int lookAhead)
        {
            _bytes.AddRange(speller.Tail);
            Bytes = [.. _bytes];
            if (_lastMarkerFrame < 0)
            {
                return;
            }

            // Before the marker's last piece is read, verdicts reach what had arrived before it, less the look-ahead.
            MostForUncleared = _frames.Take(_lastMarkerFrame).TakeWhile(frame => frame.Arrived <= _arrivedBeforeMarker - lookAhead).LastOrDefault().End;
            MarkerEnd = _frames[_lastMarkerFrame].End;
        }

        [GeneratedRegex(",\"responseId\":\"r_1\"|\"id\":\"(chatcmpl-1|cmpl-1|resp_1)\",")]
        private static partial Regex AnswerId();

        private static string Escape(string json)
        {
            var escaped = new StringBuilder();
            var inString = false;
            for (var i = 0; i < json.Length; i++)
            {
                var one = json[i];
                if (inString && one == '\\')
                {
                    var length = json[i + 1] == 'u' ? 6 : 2;
                    escaped.Append(json, i, length);
                    i += length - 1;
                }
                else if (one == '"')
                {
                    inString = !inString;
                    escaped.Append(one);
                }
                else
                {
                    escaped.Append(inString && char.IsAsciiLetter(one) ? $"\\u{(int)one:x4}" : one.ToString());
                }
            }

            return escaped.ToString();
        }
    }
}
