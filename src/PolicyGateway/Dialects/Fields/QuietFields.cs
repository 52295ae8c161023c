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

    private readonly Dictionary<short, Run> _runs = [];
    private Run? _names;

    /// <summary>Takes an id that looks like one.</summary>
    public void Take(FieldNode field, string value, TextCollector texts)
    {
        if (Words.Contains(value))
        {
            return;
        }

        if (!_runs.TryGetValue(field.Id, out var run))
        {
            _runs.Add(field.Id, run = new Run(field.Id, field.Kind == FieldKind.Random));
        }

        run.Take(value, texts);
    }

    /// <summary>A field's name reaches the client like its value.</summary>
    public void AddName(string name, TextCollector texts)
    {
        if (!JsonVocabulary.Contains(name))
        {
            _names ??= new Run(ChannelKey.Names, isRandom: false) { HasChanged = true };
            _names.Take(name, texts);
        }
    }

    private sealed class Run(int channel, bool isRandom)
    {
        private string? _last;
        private int _times;

        public bool HasChanged { get; set; }

        public void Take(string value, TextCollector texts)
        {
            if (value == _last)
            {
                _times++;
            }
            else
            {
                if (_last is not null && !HasChanged)
                {
                    // What was only repeated so far is the beginning of what is being spelled.
                    HasChanged = true;
                    for (var times = Math.Min(2, _times); times > 0; times--)
                    {
                        Add(_last, texts);
                    }
                }

                (_last, _times) = (value, 1);
            }

            // Twice of a run of equal values is enough: it keeps doubled letters and not a thousand copies of an id.
            if (HasChanged && _times <= 2)
            {
                Add(value, texts);
            }
        }

        // OpenAI pads each chunk with random letters. Run together, the shipped model flagged one in 40 streams of 300 such
        // values; on a line each, none, and a text that is smuggled word by word is still seen.
        private void Add(string value, TextCollector texts)
        {
            if (!isRandom)
            {
                texts.Add(Group, new ChannelKey(channel), value);
            }

            texts.AddLine(Group, new ChannelKey(channel, 1), value);
        }
    }
}
