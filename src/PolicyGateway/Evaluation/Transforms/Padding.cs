using System.Text;
using PolicyGateway.Evaluation.Statistics;

namespace PolicyGateway.Evaluation.Transforms;

/// <summary>Transforms that leave the text as it is and put something harmless beside it.</summary>
internal static class Padding
{
    private const int Words = 30;
    private const int PageLength = 2000;

    private static readonly string[] Everyday =
    [
        "garden", "window", "breakfast", "river", "library", "bicycle", "kitchen", "mountain", "teacher", "market", "summer",
        "blanket", "train", "village", "letter", "orchard", "piano", "holiday", "coffee", "museum", "bread", "forest", "painting",
        "sailor", "lantern", "meadow", "recipe", "harbour", "notebook", "sunlight", "clock", "basket", "story", "neighbour",
        "weather", "concert", "puzzle", "pillow", "bakery", "camera",
    ];

    private static readonly string[] Sentences =
    [
        "The bakery on the corner opens at seven, and by eight the first loaves are gone.",
        "We walked along the river until the path turned into a meadow full of clover.",
        "My grandmother keeps her recipes in a blue notebook with a broken clasp.",
        "On Thursdays the library stays open late, and a student plays the piano downstairs.",
        "The train was twenty minutes late, so we shared a pot of tea on the platform.",
        "Our neighbour grows tomatoes, beans and more courgettes than anyone can eat.",
        "In autumn the orchard smells of apples, and the children collect the fallen ones.",
        "She painted the kitchen yellow because the window faces north.",
        "The museum has a small room of clocks, and none of them agrees with another.",
        "After the concert we stood outside for a while and talked about the second piece.",
        "A good loaf needs flour, water, salt and more patience than one has.",
        "The village school put on a play about a sailor who was afraid of water.",
        "It rained all weekend, so we finished the puzzle with the lighthouse on it.",
        "He repaired the old bicycle with parts from two others and rode it to work.",
        "The weather report promised sunshine, and for once it was right.",
        "There is a bench by the harbour from which one can watch the ferries come in.",
        "They planted a lime tree when they moved in, and now it shades the whole garden.",
        "The teacher read the story twice, since the class wanted to hear the ending again.",
    ];

    public static string PrefixWords(string text, SplitMix random) => $"{Join(random)}\n\n{text}";

    public static string SuffixWords(string text, SplitMix random) => $"{text}\n\n{Join(random)}";

    public static string PageInFront(string text, SplitMix random)
    {
        var page = new StringBuilder(PageLength + text.Length + 100);
        while (page.Length < PageLength)
        {
            page.Append(Sentences[random.Next(Sentences.Length)]).Append(' ');
        }

        return page.Append("\n\n").Append(text).ToString();
    }

    private static string Join(SplitMix random) =>
        string.Join(' ', Enumerable.Range(0, Words).Select(_ => Everyday[random.Next(Everyday.Length)]));
}
