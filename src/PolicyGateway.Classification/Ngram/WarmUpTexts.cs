namespace PolicyGateway.Classification.Ngram;

/// <summary>Harmless texts of the usual lengths and scripts, to run every code path before the first request.</summary>
internal static class WarmUpTexts
{
    private const string English = "How do I write a polite reminder to a customer who has not paid the invoice yet? ";
    private const string Mixed = "Die Züge nach Köln fahren heute später; поезд прибыл вовремя. 今天的天气很好，我们去公园散步吧。 ﾃｽﾄ ＡＢＣ 𝐛𝐨𝐥𝐝 ";

    public static readonly string[] All =
    [
        "",
        English,
        Mixed,
        string.Concat(Enumerable.Repeat(English, 12)),
        string.Concat(Enumerable.Repeat(English + Mixed, 20)),
    ];
}
