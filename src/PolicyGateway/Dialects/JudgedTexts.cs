using System.Collections;
using System.Runtime.CompilerServices;

namespace PolicyGateway.Dialects;

/// <summary>What is judged of one side of an exchange, text by text.</summary>
/// <param name="texts">Each run of text alone, and what only shows where two of them meet.</param>
/// <param name="whole">All of it as one text.</param>
[CollectionBuilder(typeof(JudgedTexts), nameof(Create))]
internal sealed class JudgedTexts(IReadOnlyList<string> texts, string whole) : IReadOnlyList<string>
{
    /// <summary>All of it as one text, for judging what belongs to it; it is not judged again itself.</summary>
    public string Whole => whole;

    public int Count => texts.Count;

    public string this[int index] => texts[index];

    /// <summary>Texts that have nothing to do with one another.</summary>
    public static JudgedTexts Create(ReadOnlySpan<string> texts) => new([.. texts], string.Join('\n', texts!));

    public IEnumerator<string> GetEnumerator() => texts.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
