using System.Buffers;

namespace PolicyGateway.Dialects.Fields;

/// <summary>
/// The words in the ids of a request. A model may be shown ids, and a text can be spelled in them, a word in each or many in
/// one. A word is letters between two separators; parts with digits are what makes an id unique.
/// </summary>
internal sealed class IdWords
{
    /// <summary>So many words of which none is another's copy may be a text. An ordinary id has one, and a request a few.</summary>
    private const int Least = 6;

    private static readonly char[] Separators = ['.', '_', ':', '/', '@', '+', '-'];

    private static readonly SearchValues<char> Letters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    private HashSet<string>? _known;
    private List<string>? _words;

    /// <summary>Takes an id that looks like one.</summary>
    public void Take(FieldNode field, string value)
    {
        // Others of their kind hold a word of the protocol, or the name of a model that is configured; not a sentence.
        if (!field.Name.EndsWith("id", StringComparison.OrdinalIgnoreCase) && !MayBeText(value))
        {
            return;
        }

        foreach (var word in WordsIn(value))
        {
            if ((_known ??= new HashSet<string>(StringComparer.OrdinalIgnoreCase)).Add(word))
            {
                (_words ??= []).Add(word);
            }
        }
    }

    /// <summary>Whether a name or an id has so many words that it may be a text by itself.</summary>
    public static bool MayBeText(string value) => WordsIn(value).Distinct(StringComparer.OrdinalIgnoreCase).Count() >= Least;

    private static IEnumerable<string> WordsIn(string value) =>
        value.Split(Separators).Where(static word => word.Length > 1 && !word.AsSpan().ContainsAnyExcept(Letters));

    /// <summary>Adds the words as one text, if they may be one.</summary>
    public void AddTo(TextCollector texts)
    {
        if (_words?.Count >= Least)
        {
            texts.Add(QuietFields.Group, ChannelKey.Ids, string.Join(' ', _words));
        }
    }
}
