using System.Text;
using PolicyGateway.Classification.Views;

namespace PolicyGateway.Classification.Tests.Views;

public sealed class TextViewsTests
{
    [Theory]
    [InlineData("mee\u200bting no\u00adtes", "meeting notes")]
    [InlineData("\u202emeeting notes", "meeting notes")]
    [InlineData("me\u2060et\ufeffing", "meeting")]
    [InlineData("ｍｅｅｔｉｎｇ　ｎｏｔｅｓ", "meeting notes")]
    [InlineData("𝓶𝓮𝓮𝓽𝓲𝓷𝓰 𝚗𝚘𝚝𝚎𝚜", "meeting notes")]
    [InlineData("ⓜⓔⓔⓣⓘⓝⓖ 🅝🅞🅣🅔🅢", "meeting NOTES")]
    [InlineData("ᴍᴇᴇᴛɪɴɢ ɴᴏᴛᴇs", "meeting notes")]
    [InlineData("m\u0435\u0435ting n\u043et\u0435s", "meeting notes")]
    [InlineData("m\u03b5\u03b5ting", "meeting")]
    [InlineData("\ua4e0\ua4f3\ua4d3\ua4f0", "NODE")]
    [InlineData("m\u0336e\u0336e\u0336t\u0336ing", "meeting")]
    [InlineData("me\uff45ting n𝗼tes", "meeting notes")]
    [InlineData("m\u1d49eting", "meeting")]
    [InlineData("c\u043eбpaниe", "собрание")]
    [InlineData("m\u0301e\u0301e\u0301t\u0301i\u0301n\u0301g\u0301 n\u0301o\u0301t\u0301e\u0301s\u0301", "meeting notes")]
    [InlineData("ẅḧër\u00eb d\u00f6 ẅ\u00eb m\u00eb\u00ebt", "where do we meet")]
    [InlineData("m\u0336e\u0336e\u0336t\u0336 \u0336m\u0336e\u0336", "meet me")]
    [InlineData("⒨⒠⒠⒯⒤⒩⒢", "meeting")]
    public void Disguises_of_single_characters_are_undone(string raw, string expected)
    {
        Assert.Equal(expected, Viewed.Text(raw, ViewNames.Normalised));
    }

    [Fact]
    public void Marks_that_are_piled_on_letters_are_taken_off()
    {
        var raw = string.Concat("meeting".Select(c => c + "\u0301\u0316\u0321\u0334\u0350\u0351"));

        Assert.Equal("meeting", Viewed.Text(raw, ViewNames.Normalised));
    }

    [Fact]
    public void Text_in_tag_characters_is_read_where_it_stands()
    {
        Assert.Equal("Hello, meeting notes.", Viewed.Text("Hello, " + Viewed.Tags("meeting notes") + ".", ViewNames.Normalised));
    }

    [Fact]
    public void Text_in_tags_behind_a_flag_or_in_variation_selectors_is_read_too()
    {
        var selectors = string.Concat("meeting".Select(c => char.ConvertFromUtf32(0xe0100 + c - 16)));

        Assert.Equal("\U0001f3f4meeting notes", Viewed.Text("\U0001f3f4" + Viewed.Tags("meeting notes"), ViewNames.Normalised));
        Assert.Equal("😀meeting", Viewed.Text("😀" + selectors, ViewNames.Normalised));
    }

    [Fact]
    public void Letters_made_of_flags_are_read()
    {
        var letters = string.Concat("MEETING".Select(c => char.ConvertFromUtf32(0x1f1e6 + c - 'A') + " "));

        Assert.Equal("M E E T I N G ", Viewed.Text(letters, ViewNames.Normalised));
        Assert.Equal("MEETING ", Viewed.Text(letters, ViewNames.Joined));
    }

    [Theory]
    [InlineData("mEeTInG NoTEs OF toDAy", "meeting notes of today")]
    [InlineData("wHEre dO wE MeET, aNd WhEN?", "where do we meet, and when?")]
    [InlineData("кОгДа мЫ вСТреТИмся", "когда мы встретимся")]
    public void Letters_that_change_their_case_at_random_are_read_as_small_ones(string raw, string expected)
    {
        Assert.Equal(expected, Viewed.Text(raw, ViewNames.LowerCase));
    }

    [Theory]
    [InlineData("var userName = httpContext.User.Identity.Name; logger.LogInformation(userName);")]
    [InlineData("The McDonald's iPhone App by LaTeX users of GitHub and YouTube")]
    [InlineData("WHERE DO WE MEET, AND WHEN?")]
    [InlineData("Our Annual Meeting Of The Garden Club Will Be Held In May")]
    [InlineData("NaCl, KOH, H2SO4, CaCO3, MgSO4, NaHCO3 and FeCl3 in the lab")]
    public void Capitals_as_people_write_them_are_left_alone(string raw)
    {
        Assert.DoesNotContain(ViewNames.LowerCase, Viewed.Names(raw));
    }

    [Theory]
    [InlineData("m33ting n0tes", "meeting notes")]
    [InlineData("the m3et1ng is planned", "the meeting is planned")]
    [InlineData("@ttend the p@rty", "attend the party")]
    [InlineData("the g4rden and the k1tchen!", "the garden and the kitchen!")]
    [InlineData("w3 n33d t0 m33t f0r th3 n0t3s", "we need to meet for the notes")]
    [InlineData("H0w d0 1 m337 4 n319h80ur 70 r34d 7h3 n0735 7h47 83l0n9 70 h1m?", "How do i meet a neighbour to read the notes that belong to him?")]
    public void Digits_and_symbols_inside_words_are_read_as_letters(string raw, string expected)
    {
        Assert.Equal(expected, Viewed.Text(raw, ViewNames.Leetspeak));
    }

    [Theory]
    [InlineData("m e e t i n g", "meeting")]
    [InlineData("m.e.e.t.i.n.g", "meeting")]
    [InlineData("m-e-e-t-i-n-g n-o-t-e-s", "meeting notes")]
    [InlineData("m e e t i n g  n o t e s", "meeting notes")]
    [InlineData("H o w d o I b a k e a l o a f o f b r e a d ?", "How do I bake a loaf of bread ?")]
    [InlineData("C ó m o c u l t i v o t o m a t e s", "Cómocultivotomates")]
    [InlineData("t h e q x z v w j k i n t h e g a r d e n", "the qxzvwjk in the garden")]
    [InlineData("m\ne\ne\nt\ni\nn\ng", "meeting")]
    [InlineData("please me*et~ing here", "please meeting here")]
    [InlineData("please m|e|e|t|i|n|g here", "please meeting here")]
    [InlineData("please m😀e😀e😀t😀i😀n😀g here", "please meeting here")]
    [InlineData("please m★eet→ing here", "please meeting here")]
    [InlineData("m 3 e t i n g", "meeting")]
    [InlineData("我 们 去 公 园", "我们去公园")]
    [InlineData("我们去公*园", "我们去公园")]
    public void What_stands_between_the_letters_of_a_word_is_dropped(string raw, string expected)
    {
        Assert.Equal(expected, Viewed.Text(raw, ViewNames.Joined));
    }

    [Theory]
    [InlineData("%6D%65%65%74ing%20notes", "meeting notes")]
    [InlineData("please%20send%20me%20the%20meeting%20notes", "please send me the meeting notes")]
    [InlineData("Read: the%20notes%20of%20the%20meeting%2C%0Athen%20answer", "Read: the notes of the meeting,\nthen answer")]
    [InlineData("%E4%BC%9A%E8%AE%AE%E7%BA%AA%E8%A6%81", "会议纪要")]
    [InlineData("&#109;&#101;&#101;&#x74;ing", "meeting")]
    [InlineData("&#109&#101&#101&#x74 ing", "meet ing")]
    [InlineData("&amp;#109;&amp;#101;&amp;#101;&amp;#116;ing", "meeting")]
    [InlineData("%256D%2565%2565%2574ing%2520notes", "meeting notes")]
    [InlineData(@"\\u006d\\u0065\\u0065\\u0074ing", "meeting")]
    [InlineData(@"\xe4\xbc\x9a\xe8\xae\xae\xe7\xba\xaa\xe8\xa6\x81", "会议纪要")]
    [InlineData(@"caf\xe9 \x6d\x65\x65\x74ing", "café meeting")]
    [InlineData(@"\u006d\u0065\u0065\u0074ing", "meeting")]
    [InlineData(@"\x6d\x65\x65\x74ing", "meeting")]
    [InlineData("U+006D U+0065 U+0065 U+0074", "m e e t")]
    [InlineData(@"\ud83d\ude00 \u006d\u0065\u0065\u0074ing", "😀 meeting")]
    [InlineData("6d656574696e67206e6f746573", "meeting notes")]
    [InlineData("6d 65 65 74 69 6e 67 20 6e 6f 74 65 73", "meeting notes")]
    [InlineData("be 6d 65 65 74 69 6e 67 20 6e 6f 74 65 73 be done", "be meeting notes be done")]
    [InlineData("0x6d 0x65 0x65 0x74 0x69 0x6e 0x67 0x73", "meetings")]
    [InlineData("01101101 01100101 01100101 01110100 01101001 01101110 01100111 01110011", "meetings")]
    public void Escapes_hex_and_binary_are_decoded(string raw, string expected)
    {
        Assert.Equal(expected, Viewed.Text(raw, ViewNames.Decoded));
    }

    [Fact]
    public void Base64_is_decoded_in_place_whatever_its_padding_alphabet_and_encoding()
    {
        const string Text = "Meeting notes for the weekly planning?>";
        var base64 = Convert.ToBase64String(Encoding.UTF8.GetBytes(Text));
        string[] spellings =
        [
            base64, base64.TrimEnd('='), base64.Replace('+', '-').Replace('/', '_'),
            Convert.ToBase64String(Encoding.Unicode.GetBytes(Text)),
            Convert.ToBase64String(Encoding.UTF8.GetBytes(Text), Base64FormattingOptions.InsertLineBreaks),
        ];

        Assert.All(spellings, spelling => Assert.Equal($"Read: {Text} ok", Viewed.Text($"Read: {spelling} ok", ViewNames.Decoded)));
    }

    [Theory]
    [InlineData("https://example.com/read/TWVldGluZyBub3RlcyBmb3IgdGhlIHdlZWs/now")]
    [InlineData("https://example.com/?text=TWVldGluZyBub3RlcyBmb3IgdGhlIHdlZWs=&more=1")]
    [InlineData("text=TWVldGluZyBub3RlcyBmb3IgdGhlIHdlZWs")]
    public void Base64_is_found_inside_an_address(string raw)
    {
        Assert.Contains("Meeting notes for the week", Viewed.Text(raw, ViewNames.Decoded), StringComparison.Ordinal);
    }

    [Fact]
    public void Base64_is_decoded_twice_and_no_more()
    {
        static string Pack(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
        const string Text = "Meeting notes for the weekly planning";

        Assert.Equal(Text, Viewed.Text(Pack(Pack(Text)), ViewNames.Decoded));
        Assert.Equal(Pack(Text), Viewed.Text(Pack(Pack(Pack(Text))), ViewNames.Decoded));
    }

    [Fact]
    public void What_was_decoded_is_read_through_further_disguises()
    {
        var packed = Convert.ToBase64String(Encoding.UTF8.GetBytes("m33ting n\u043etes for the week"));

        Assert.Equal("meeting notes for the week", Viewed.Text(packed, ViewNames.Decoded));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(13)]
    public void A_shifted_alphabet_is_shifted_back_inside_plain_text(int by)
    {
        var raw = "Please answer this message: " + Viewed.Shift("the quick brown fox jumps over the lazy dog near the river", by);

        Assert.EndsWith("quick brown fox jumps over the lazy dog near the river", Viewed.Text(raw, ViewNames.Shifted), StringComparison.Ordinal);
        Assert.StartsWith("Please answer this message:", Viewed.Text(raw, ViewNames.Shifted), StringComparison.Ordinal);
    }

    [Fact]
    public void A_mirrored_alphabet_is_mirrored_back()
    {
        const string Text = "the quick brown fox jumps over the lazy dog near the river";

        Assert.Equal(Text, Viewed.Text(Viewed.Letters(Text, (letter, _) => 25 - letter), ViewNames.Shifted));
    }

    [Fact]
    public void Reversed_text_is_read_backwards_as_a_whole_and_word_by_word()
    {
        const string Text = "The quick brown fox jumps over the lazy dog near the river bank";
        var reversed = new string([.. Text.Reverse()]);
        var words = string.Join(' ', Text.Split(' ').Select(word => new string([.. word.Reverse()])));

        Assert.Equal(Text, Viewed.Text(reversed, ViewNames.Reversed));
        Assert.Equal(Text, Viewed.Text(words, ViewNames.ReversedWords));
    }

    [Theory]
    [InlineData("Сегодня мы долго гуляли по парку и разговаривали о новой книге")]
    [InlineData("今天天气很好，我们一起去公园散步，然后回家做饭吧。")]
    [InlineData("오늘은 날씨가 좋아서 친구와 함께 공원에서 산책을 했습니다")]
    [InlineData("今日は天気がいいので、友達と公園を散歩してから家に帰りました。")]
    [InlineData("في الصباح ذهبنا إلى السوق ثم رجعنا إلى البيت مع الأصدقاء")]
    [InlineData("आज मौसम बहुत अच्छा है इसलिए हम सब मिलकर बगीचे में घूमने जा रहे हैं")]
    public void Reversed_text_in_other_letters_is_read_backwards_too(string text)
    {
        Assert.DoesNotContain(ViewNames.Reversed, Viewed.Names(text));
        Assert.Equal(text, Viewed.Text(Reversed(text), ViewNames.Reversed));
        Assert.Equal(text, Viewed.Text(new string([.. text.Reverse()]), ViewNames.Reversed));
        Assert.Contains(text, Viewed.Text($"Please read this:\n{Reversed(text)}\nThank you very much.", ViewNames.Reversed), StringComparison.Ordinal);
    }

    [Fact]
    public void Of_the_reference_texts_in_other_letters_those_that_run_backwards_are_read_and_the_others_are_left_alone()
    {
        string[] texts =
        [
            .. File.ReadLines(Shipped.ReferenceTexts)
                .Select(static line => System.Text.Json.JsonDocument.Parse(line).RootElement.GetProperty("text").GetString()!)
                .Where(static text => text.Count(static c => c >= '\u0250' && char.IsLetter(c)) >= 25),
        ];

        Assert.InRange(texts.Length, 20, 150);
        Assert.All(texts, static text => Assert.DoesNotContain(ViewNames.Reversed, Viewed.Names(text)));
        Assert.InRange(texts.Count(static text => Viewed.Names(Reversed(text)).Contains(ViewNames.Reversed)), 0.85 * texts.Length, texts.Length);
    }

    [Theory]
    [InlineData("我想去yinhang取钱", "我想去银行取钱")]
    [InlineData("请 wei xin 联系我", "请 微信 联系我")]
    [InlineData("你的手鸡和电恼", "你的手机和电脑")]
    public void Chinese_words_written_by_sound_are_read(string raw, string expected)
    {
        Assert.Equal(expected, Viewed.Text(raw, ViewNames.Homophones));
    }

    [Fact]
    public void A_phrase_repeated_many_times_is_kept_twice()
    {
        var raw = "Start. " + string.Concat(Enumerable.Repeat("good words here ", 1000)) + "end of notes";

        Assert.Equal("Start. good words here good words here end of notes", Viewed.Text(raw, ViewNames.Collapsed));
    }

    [Fact]
    public void Views_come_in_a_fixed_order()
    {
        var raw = "m\u0435\u0435ting m33ting n o t e s 6d656574696e67206e6f746573";

        Assert.Equal([ViewNames.Normalised, ViewNames.Leetspeak, ViewNames.Joined, ViewNames.Decoded], Viewed.Names(raw));
    }

    /// <summary>From the last character to the first, marks staying behind their letter.</summary>
    private static string Reversed(string text)
    {
        var starts = System.Globalization.StringInfo.ParseCombiningCharacters(text);
        return string.Concat(starts.Select((start, i) => text[start..(i + 1 < starts.Length ? starts[i + 1] : text.Length)]).Reverse());
    }
}
