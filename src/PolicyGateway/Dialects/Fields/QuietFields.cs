using System.Collections.Frozen;

namespace PolicyGateway.Dialects.Fields;

/// <summary>
/// Watches fields that hold ids and words of the protocol, over all frames of one answer. What stays the same says nothing; a
/// value that changes from frame to frame can spell a text word by word, so from then on all of that field's values are one.
/// Names that nobody knows always are.
/// </summary>
internal sealed class QuietFields
{
    /// <summary>Group of fields that should hold no text and changed all the same.</summary>
    public const int Group = -2;

    /// <summary>Values that may take turns without spelling anything.</summary>
    private static readonly FrozenSet<string> Words = FrozenSet.ToFrozenSet(
        ["assistant", "function", "stop", "length", "tool_calls", "content_filter", "function_call"]);

    private readonly Dictionary<(int Group, ChannelKey Key), Run> _runs = [];
    private readonly List<string> _spelled = [];
    private ChannelKey? _speller;
    private bool _hasSpellers;

    /// <summary>Takes an id that looks like one.</summary>
    public void Take(FieldNode field, string value, TextCollector texts)
    {
        // Azure's first frames bear empty ids.
        if (value.Length > 0 && !Words.Contains(value))
        {
            RunOf(Group, new ChannelKey(field.Id), isText: false).Take(value, texts, isRandom: field.Kind == FieldKind.Random);
        }
    }

    /// <summary>
    /// Takes a value that does not look like an id. It is text by itself, and where the other values of its field are words, the
    /// rest of one.
    /// </summary>
    public void TakeText(FieldNode field, string value, TextCollector texts) =>
        RunOf(Group, new ChannelKey(field.Id), isText: false).Take(value, texts, isRandom: field.Kind == FieldKind.Random);

    /// <summary>Takes a value of a place where any text may stand, in pieces perhaps.</summary>
    public void Add(int group, ChannelKey key, string value, TextCollector texts)
    {
        if (!JsonVocabulary.Contains(value))
        {
            RunOf(group, key, isText: true).Take(value, texts, isRandom: false);
        }
    }

    /// <summary>A field's name reaches the client like its value.</summary>
    public void AddName(string name, TextCollector texts) => Add(Group, ChannelKey.Names, name, texts);

    private Run RunOf(int group, ChannelKey key, bool isText)
    {
        if (!_runs.TryGetValue((group, key), out var run))
        {
            _runs.Add((group, key), run = new Run(this, group, key, isText));
        }

        return run;
    }

    /// <summary>One field may begin a text that another goes on with: where several change, their values are one more, in the order in which they come.</summary>
    private void Spell(ChannelKey speller, string value, TextCollector texts)
    {
        _hasSpellers |= _speller is { } other && other != speller;
        _speller ??= speller;
        _spelled.Add(value);
        if (_hasSpellers)
        {
            _spelled.ForEach(one => texts.AddLine(Group, ChannelKey.Ids, one));
            _spelled.Clear();
        }
    }

    private sealed class Run(QuietFields fields, int group, ChannelKey key, bool isText)
    {
        private string? _last;
        private int _times;
        private bool _isText = isText;

        public void Take(string value, TextCollector texts, bool isRandom)
        {
            if (value == _last)
            {
                _times++;
            }
            else
            {
                if (_last is not null && !_isText)
                {
                    // What was only repeated so far is the beginning of what is being spelled.
                    _isText = true;
                    for (var times = Math.Min(2, _times); times > 0; times--)
                    {
                        Add(_last, texts, isRandom);
                    }
                }

                (_last, _times) = (value, 1);
            }

            // Twice of a run of equal values is enough: it keeps doubled letters and not a thousand copies of an id.
            if (_isText && _times <= 2)
            {
                Add(value, texts, isRandom);
            }
        }

        // OpenAI pads each chunk with random letters. Run together, the shipped model flagged one in 40 streams of 300 such
        // values; on a line each, none, and a text that is smuggled word by word is still seen.
        private void Add(string value, TextCollector texts, bool isRandom)
        {
            if (!isRandom)
            {
                texts.Add(group, key, value, arrives: group != Group);
            }

            texts.AddLine(group, key with { IsByLine = true }, value);

            if (group == Group && !isRandom)
            {
                fields.Spell(key, value, texts);
            }
        }
    }
}
