using System.Text;

namespace PolicyGateway.Dialects;

/// <summary>
/// Gathers the texts of one message body by group and channel. A group is what a reader sees as one (a message, a choice);
/// a channel is one run of text in it. A phrase that is split over parts, tool arguments or choices is one text, so each
/// channel is judged, and what stands where two of them meet: within a group, within a field, in all of it, and in the order
/// in which it arrived.
/// </summary>
internal sealed class TextCollector
{
    /// <summary>
    /// Most texts that are judged alone. Each costs some 50 us however short it is, so that a body of 4 MiB in parts of one
    /// letter would cost seconds. What comes behind is one text, and the body counts as not read in full.
    /// </summary>
    private const int MostChannels = 4096;

    /// <summary>Up to here a walk along the list is cheaper than a dictionary.</summary>
    private const int FewChannels = 8;

    /// <summary>Characters of a channel that are judged with its neighbour: with as many of that one, a window of the classifier.</summary>
    private const int Nearby = 1000;

    private static readonly (int, ChannelKey) Overflow = (int.MinValue, ChannelKey.Overflow);

    private readonly List<TextChannel> _channels = [];
    private Dictionary<(int Group, ChannelKey Key), TextChannel>? _byKey;
    private TextChannel? _arrival;
    private TextChannel? _arriving;

    /// <summary>Whether something was met that cannot be read.</summary>
    public bool HasUnclassified { get; private set; }

    /// <summary>UTF-16 characters of all channels.</summary>
    public long Characters { get; private set; }

    public IReadOnlyList<TextChannel> Channels => _channels;

    /// <summary>
    /// What a reader gets to see, in the order in which it arrived: the one channel where there is only one, or all of them
    /// run together. Null before any text.
    /// </summary>
    public TextChannel? Arrival => _arrival ?? _arriving;

    /// <summary>Whether all that arrived stands in one channel, which is <see cref="Arrival"/> then.</summary>
    public bool ArrivesInOneChannel => _arrival is null;

    public void MarkUnclassified() => HasUnclassified = true;

    /// <summary>Appends to a channel, directly behind what stands there already.</summary>
    /// <param name="group">What a reader sees as one: a message, a choice.</param>
    /// <param name="key">The channel within it.</param>
    /// <param name="text">What follows; nothing and null are nothing.</param>
    /// <param name="arrives">Whether it is also part of the text in the order of arrival; copies and ids are not.</param>
    public void Add(int group, ChannelKey key, string? text, bool arrives = false)
    {
        if (string.IsNullOrEmpty(text))
        {
            return;
        }

        Characters += text.Length;
        var channel = Append(group, key, text);
        if (!arrives)
        {
            return;
        }

        if (_arrival is not null)
        {
            _arrival.Append(text);
        }
        else if (_arriving is null)
        {
            _arriving = channel;
        }
        else if (_arriving != channel)
        {
            _arrival = new TextChannel(int.MinValue, ChannelKey.Arrival, _arriving.ToString());
            _arrival.Append(text);
        }
    }

    /// <summary>Appends to a channel, on a line of its own.</summary>
    public void AddLine(int group, ChannelKey key, string? text)
    {
        if (!string.IsNullOrEmpty(text) && Find(group, key) is not null)
        {
            Add(group, key, "\n");
        }

        Add(group, key, text);
    }

    /// <summary>Each channel, and what only shows where two of them meet.</summary>
    public JudgedTexts ToTexts()
    {
        if (_channels.Count < 2)
        {
            return _channels.Count == 0 ? [] : [_channels[0].ToString()];
        }

        var texts = _channels.ConvertAll(static channel => channel.ToString());
        var joins = Joins(_channels).Concat(Meetings(_channels, "\n"));
        texts.AddRange((_arrival is null ? joins : joins.Append(_arrival.ToString())).Distinct(StringComparer.Ordinal));
        return new JudgedTexts(texts, string.Join('\n', texts.Take(_channels.Count)));
    }

    /// <summary>What only shows where channels meet. Nothing where there is one run of text.</summary>
    public IEnumerable<string> ToJoins() =>
        Joins(_channels.FindAll(static channel => channel.Group != Fields.QuietFields.Group)).Distinct(StringComparer.Ordinal);

    private TextChannel Append(int group, ChannelKey key, string text)
    {
        if (Find(group, key) is { } existing)
        {
            existing.Append(text);
            return existing;
        }

        if (_channels.Count >= MostChannels)
        {
            MarkUnclassified();
            (group, key) = Overflow;
            if (Find(group, key) is { } overflow)
            {
                overflow.Append("\n");
                overflow.Append(text);
                return overflow;
            }
        }

        var added = new TextChannel(group, key, text);
        _channels.Add(added);
        _byKey?.Add((group, key), added);
        return added;
    }

    /// <summary>
    /// A phrase may be cut between any two channels. Each group is joined as it came; each field and all of it by number, as a
    /// reader takes choices, messages, parts and tool calls, whatever came first and whatever stands between them, as a
    /// tool's name does between two arguments.
    /// </summary>
    private static IEnumerable<string> Joins(List<TextChannel> channels)
    {
        TextChannel[] numbered = [.. channels.OrderBy(static channel => (channel.Group, channel.Key.Keys))];
        var groups = channels.GroupBy(static channel => channel.Group);
        var fields = numbered.GroupBy(static channel => channel.Key with { Keys = 0 });
        return groups.Concat<IEnumerable<TextChannel>>(fields).Append(numbered).SelectMany(static run => Meetings(run, ""));
    }

    /// <summary>
    /// The text around each place where two channels meet, some of each side; short channels are in it whole. What lies further
    /// inside a channel was judged with it: joined whole, a long conversation would be judged five times.
    /// </summary>
    private static IEnumerable<string> Meetings(IEnumerable<TextChannel> run, string border)
    {
        var text = new StringBuilder();
        var meets = false;
        var isFirst = true;
        foreach (var channel in run)
        {
            var next = channel.ToString();
            if (!isFirst)
            {
                text.Append(border);
                meets = true;
            }

            if (next.Length <= 2 * Nearby)
            {
                text.Append(next);
            }
            else
            {
                if (meets)
                {
                    yield return text.Append(next, 0, Nearby).ToString();
                }

                text.Clear().Append(next, next.Length - Nearby, Nearby);
                meets = false;
            }

            isFirst = false;
        }

        if (meets)
        {
            yield return text.ToString();
        }
    }

    private TextChannel? Find(int group, ChannelKey key)
    {
        if (_channels.Count < FewChannels)
        {
            foreach (var channel in _channels)
            {
                if (channel.Group == group && channel.Key == key)
                {
                    return channel;
                }
            }

            return null;
        }

        _byKey ??= _channels.ToDictionary(channel => (channel.Group, channel.Key));
        return _byKey.GetValueOrDefault((group, key));
    }
}

/// <summary>One run of text. Most are added once, and then the string itself is what is judged.</summary>
internal sealed class TextChannel(int group, ChannelKey key, string text)
{
    private StringBuilder? _pieces;

    public int Group => group;

    public ChannelKey Key => key;

    /// <summary>In UTF-16 characters.</summary>
    public int Length => _pieces?.Length ?? text.Length;

    /// <summary>How much of it a verdict covers, in UTF-16 characters; kept by whoever judges.</summary>
    public int Judged { get; set; }

    public void Append(string more) => (_pieces ??= new StringBuilder(text)).Append(more);

    /// <summary>The text from <paramref name="start"/> to its end.</summary>
    public string From(int start) => start == 0 ? ToString() : _pieces?.ToString(start, Length - start) ?? text[start..];

    public override string ToString() => _pieces?.ToString() ?? text;
}

/// <summary>Names a channel within its group.</summary>
/// <param name="Field">The field's id, or one of the constants below for what is no field of a map.</param>
/// <param name="Keys">Indices of the arrays on the way to it, 16 bits each.</param>
/// <param name="IsByLine">Whether it holds the same values once more, on a line each.</param>
/// <param name="Type">The type of what holds it, where readers choose by that.</param>
internal readonly record struct ChannelKey(int Field, long Keys = 0, bool IsByLine = false, short Type = 0)
{
    public static readonly ChannelKey Names = new(-1);

    public static readonly ChannelKey Unknown = new(-2);

    /// <summary>Comments and other lines of an event stream: run together, and a line each.</summary>
    public static readonly ChannelKey Lines = new(-3);

    /// <summary>The words in a request's ids; in an answer, all ids that changed, in the order in which they came.</summary>
    public static readonly ChannelKey Ids = new(-4);

    public static readonly ChannelKey Overflow = new(-5);

    public static readonly ChannelKey Arrival = new(-6);

    public ChannelKey At(long keys) => this with { Keys = keys };
}
