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

    private readonly List<(int Group, string Channel, StringBuilder Text)> _channels = [];
    private readonly Dictionary<(int Group, string Channel), StringBuilder> _byName = [];

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

        if (!_byName.TryGetValue((group, channel), out var builder))
        {
            if (_channels.Count >= MostChannels)
            {
                MarkUnclassified();
                (group, channel) = Overflow;
                if (_byName.TryGetValue(Overflow, out var overflow))
                {
                    overflow.Append('\n').Append(text);
                    return;
                }
            }

            builder = new StringBuilder(text.Length);
            _byName.Add((group, channel), builder);
            _channels.Add((group, channel, builder));
        }

        builder.Append(text);
    }

    /// <summary>Appends to a channel, on a line of its own.</summary>
    public void AddLine(int group, string channel, string? text)
    {
        if (_byName.ContainsKey((group, channel)) && !string.IsNullOrEmpty(text))
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
        foreach (var (_, _, text) in _channels)
        {
            texts.Add(text.ToString());
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
            texts.Add(string.Concat(group.Select(channel => channel.Text)));
        }

        // Choices and messages run together too: a phrase may be cut between two of them.
        if (_channels.Any(channel => channel.Group != _channels[0].Group))
        {
            texts.Add(string.Concat(_channels.Select(channel => channel.Text)));
        }
    }
}
