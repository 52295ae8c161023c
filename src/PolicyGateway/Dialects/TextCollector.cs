using System.Collections.Immutable;
using System.Text;

namespace PolicyGateway.Dialects;

/// <summary>
/// Gathers the texts of one message body by group and channel. A group is what a reader sees as one (a message, a choice);
/// a channel is one run of text in it. A phrase that is split over parts, tool arguments or choices is one text, so each
/// channel, each group and the whole are judged.
/// </summary>
internal sealed class TextCollector
{
    /// <summary>
    /// Most texts that are judged alone. Each costs some 50 us however short it is, so that a body of 4 MiB in parts of one
    /// letter would cost seconds. What comes behind is one text, and the body counts as not read in full.
    /// </summary>
    private const int MostChannels = 4096;

    private static readonly (int, string) Overflow = (int.MinValue, "more");

    /// <summary>Up to here a walk along the list is cheaper than a dictionary.</summary>
    private const int FewChannels = 8;

    private readonly List<Channel> _channels = [];
    private Dictionary<(int Group, string Name), Channel>? _byName;

    /// <summary>Whether something was met that cannot be read.</summary>
    public bool HasUnclassified { get; private set; }

    public void MarkUnclassified() => HasUnclassified = true;

    /// <summary>Appends to a channel, directly behind what stands there already.</summary>
    public void Add(int group, string channel, string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            return;
        }

        if (Find(group, channel) is { } existing)
        {
            existing.Append(text);
            return;
        }

        if (_channels.Count >= MostChannels)
        {
            MarkUnclassified();
            (group, channel) = Overflow;
            if (Find(group, channel) is { } overflow)
            {
                overflow.Append("\n");
                overflow.Append(text);
                return;
            }
        }

        var added = new Channel(group, channel, text);
        _channels.Add(added);
        _byName?.Add((group, channel), added);
    }

    /// <summary>Appends to a channel, on a line of its own.</summary>
    public void AddLine(int group, string channel, string? text)
    {
        if (!string.IsNullOrEmpty(text) && Find(group, channel) is not null)
        {
            Add(group, channel, "\n");
        }

        Add(group, channel, text);
    }

    /// <summary>Adds a text that stands for itself: a channel of its own, numbered so that no two of them run together.</summary>
    public void AddAlone(int group, string channel, string? text) =>
        Add(group, $"{channel}#{_channels.Count}", text);

    /// <summary>Each channel, each group joined without and with a border, and the whole, which stands last.</summary>
    public ImmutableArray<string> ToTexts()
    {
        if (_channels.Count == 0)
        {
            return [];
        }

        var texts = new List<string>(_channels.Count + 2);
        foreach (var channel in _channels)
        {
            texts.Add(channel.ToString());
        }

        if (texts.Count > 1)
        {
            AddGroups(texts);
            texts.Add(string.Join('\n', texts.Take(_channels.Count)));
        }

        return [.. texts];
    }

    private void AddGroups(List<string> texts)
    {
        foreach (var group in _channels.GroupBy(channel => channel.Group).Where(group => group.Skip(1).Any()))
        {
            texts.Add(string.Concat(group));
        }

        // Choices and messages run together too: a phrase may be cut between two of them.
        if (_channels.Any(channel => channel.Group != _channels[0].Group))
        {
            texts.Add(string.Concat(_channels));
        }
    }

    private Channel? Find(int group, string name)
    {
        if (_channels.Count < FewChannels)
        {
            foreach (var channel in _channels)
            {
                if (channel.Group == group && channel.Name == name)
                {
                    return channel;
                }
            }

            return null;
        }

        _byName ??= _channels.ToDictionary(channel => (channel.Group, channel.Name));
        return _byName.GetValueOrDefault((group, name));
    }

    /// <summary>One run of text. Most are added once, and then the string itself is what is judged.</summary>
    private sealed class Channel(int group, string name, string text)
    {
        private StringBuilder? _pieces;

        public int Group => group;

        public string Name => name;

        public void Append(string more) => (_pieces ??= new StringBuilder(text)).Append(more);

        public override string ToString() => _pieces?.ToString() ?? text;
    }
}
