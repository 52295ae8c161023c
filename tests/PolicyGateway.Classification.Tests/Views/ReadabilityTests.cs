using PolicyGateway.Classification.Views;
using Xunit.Abstractions;

namespace PolicyGateway.Classification.Tests.Views;

public sealed class ReadabilityTests(ITestOutputHelper output)
{
    private const string Prose = "The quick brown fox jumps over the lazy dog near the river while we are writing notes about the meeting of today";

    private static readonly string[] Plain = Prose.Split(' ');

    [Theory]
    [InlineData("Wir treffen uns morgen um zehn Uhr im Garten, um über die Planung der nächsten Wochen zu sprechen.")]
    [InlineData("Mañana nos reunimos en el jardín para hablar de la planificación de las próximas semanas.")]
    [InlineData("Demain nous nous retrouvons dans le jardin pour parler du programme des prochaines semaines.")]
    [InlineData("Ngày mai chúng ta gặp nhau ở ngoài vườn để nói về kế hoạch cho những tuần tới.")]
    [InlineData("Yarın gelecek haftaların planını konuşmak için bahçede buluşuyoruz, lütfen geç kalmayın.")]
    [InlineData("Jutro spotykamy się w ogrodzie, żeby porozmawiać o planach na najbliższe tygodnie.")]
    [InlineData("Holnap találkozunk a kertben, hogy megbeszéljük a következő hetek tervét.")]
    [InlineData("Huomenna tapaamme puutarhassa ja keskustelemme tulevien viikkojen suunnitelmista.")]
    [InlineData("Byddwn yn cyfarfod yfory yn yr ardd i drafod y cynllun ar gyfer yr wythnosau nesaf.")]
    [InlineData("mingtian women zai gongyuan jianmian, taolun xia ge xingqi de jihua he anpai")]
    [InlineData("kal hum bagiche mein milenge aur agle hafte ki yojana ke baare mein baat karenge")]
    [InlineData("zavtra my vstretimsya v sadu, chtoby obsudit plany na sleduyushchiye nedeli")]
    [InlineData("bukra rah nitqabal fil hadiqa 3ashan nitkallim 3an khittat el usbu3 el gay")]
    public void A_language_in_Latin_letters_is_readable(string text)
    {
        Assert.Equal(Reading.Readable, Readability.Of(text));
    }

    [Fact]
    public void Every_text_that_cannot_be_read_gives_the_scan_a_doubt()
    {
        var seed = Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var unreadable = 0;
        for (var i = 0; i < 3000; i++)
        {
            // Plain words, capitals and words of no language, in all mixtures and in stretches or scattered.
            var (odd, capitals, run) = (random.NextDouble(), random.NextDouble() / 2, random.Next(1, 30));
            var (words, isOdd) = (new List<string>(), false);
            for (var word = 0; word < random.Next(5, 120); word++)
            {
                isOdd = word % run == 0 ? random.NextDouble() < odd : isOdd;
                var text = isOdd ? Viewed.Shift(Plain[random.Next(Plain.Length)], random.Next(1, 26)) : Plain[random.Next(Plain.Length)];
                words.Add(!isOdd && random.NextDouble() < capitals ? text.ToUpperInvariant() : text);
            }

            var whole = string.Join(' ', words);
            if (Readability.Of(whole) == Reading.Unreadable)
            {
                unreadable++;
                Assert.True((TextScan.Of(whole) & Signals.Doubtful) != Signals.None, whole);
            }
        }

        Assert.InRange(unreadable, 300, 3000);
    }

    [Fact]
    public void A_cipher_is_unreadable()
    {
        string[] ciphers =
        [
            Viewed.Shift(Prose, 7),
            Viewed.Shift(Prose, 13).ToUpperInvariant(),
            Viewed.Letters(Prose, (letter, _) => 25 - letter),
            Viewed.Letters(Prose, (letter, place) => (letter + "lemon"[place % 5] - 'a') % 26),
            Viewed.Letters(Prose, (letter, _) => ((letter * 11) + 8) % 26),
        ];

        Assert.All(ciphers, cipher => Assert.Equal(Reading.Unreadable, Readability.Of(cipher)));
    }

    [Fact]
    public void A_cipher_between_plain_sentences_is_unreadable()
    {
        var cipher = Viewed.Letters(Prose, (letter, place) => (letter + "lemon"[place % 5] - 'a') % 26);

        Assert.Equal(Reading.Unreadable, Readability.Of($"Please answer in the same way as I write. {cipher}. {Prose}."));
    }

    [Theory]
    [InlineData("Բարև, ինչպես եք այսօր, մենք վաղը հանդիպում ենք այգում և խոսում մեր պլանների մասին")]
    [InlineData("გამარჯობა, როგორ ხართ დღეს, ხვალ ბაღში ვხვდებით და ვსაუბრობთ ჩვენს გეგმებზე")]
    [InlineData("வணக்கம், நாளை நாம் தோட்டத்தில் சந்தித்து திட்டங்களைப் பற்றி பேசுவோம் நன்றி வணக்கம் மீண்டும்")]
    [InlineData("⠓⠑⠇⠇⠕⠀⠺⠑⠀⠍⠑⠑⠞⠀⠞⠕⠍⠕⠗⠗⠕⠺⠀⠊⠝⠀⠞⠓⠑⠀⠛⠁⠗⠙⠑⠝⠀⠞⠕⠀⠞⠁⠇⠅⠀⠁⠃⠕⠥⠞⠀⠏⠇⠁⠝⠎")]
    [InlineData("ᚦᛖᚲᚹᛁᚲᛒᚱᛟᚹᚾᚠᛟᚦᛖᚲᚹᛁᚲᛒᚱᛟᚹᚾᚠᛟᚦᛖᚲᚹᛁᚲᛒᚱᛟᚹᚾᚠᛟᚦᛖᚲᚹᛁᚲᛒᚱᛟᚹᚾᚠᛟ")]
    public void A_script_without_a_supported_language_is_unreadable(string text)
    {
        Assert.Equal(Reading.Unreadable, Readability.Of(text));
    }

    [Theory]
    [InlineData("xqzj vbkw")]
    [InlineData("QWERTY ASDF ZXCV HJKL")]
    [InlineData("გამარჯობა")]
    [InlineData("NaCl + AgNO3 -> NaNO3 + AgCl; K2Cr2O7, CH3COOH, (NH4)2SO4, Fe2O3, KMnO4, H2SO4, NaHCO3")]
    [InlineData("qty ctx cfg msg tmp src dst ptr len str num idx cnt buf fmt cmd req rsp")]
    public void Little_of_anything_is_readable(string text)
    {
        Assert.Equal(Reading.Readable, Readability.Of(text));
    }
}
