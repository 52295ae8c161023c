using PolicyGateway.Classification.Views;

namespace PolicyGateway.Classification.Tests.Views;

/// <summary>Texts that look odd and hide nothing.</summary>
public sealed class OrdinaryTextTests
{
    public static TheoryData<string> Texts =>
    [
        "",
        " \t\r\n ",
        "The meeting is at 10:30 on 2024-05-01, room B2; bring the notes (v1.2.3).",
        "covid19, utf8, UTF-8, sha256, h264, mp3, x86_64, i18n, k8s, 3rd, 2nd, 5pm, 10kg, A4, B2B, P2P, H2O, CO2, C6H12O6, win32, ipv6, base64, web3, 4x4",
        "State-of-the-art, e.g. mother-in-law, U.S.A., a.k.a., i.e., p.m., and/or, don't, rock'n'roll.",
        "Options: A B C D, a) b) c) d), a, b, c, d; x y z; 1 2 3 4.",
        "Write to bob@example.com or @alice; pay $5 or US$10; C# and C++; #hashtag; 100% sure; R&D; AT&T.",
        "See https://example.com/a/b?q=meeting%20notes&to=all%20of%20us and /My%20Files/a.txt, /My%20Files/b.txt, /My%20Files/c.txt",
        "See https://example.com/a/b?q=meeting%20notes&lang=en#top and /usr/share/doc/readme.txt or C:\\Temp\\notes.txt.",
        "Er sagte „ja“ und „nein“ und „gut“ und „gern“ und „dann“ und „oft“ und „nie“ und „immer“ zu uns. – Ja … nein … gut …",
        "public static int Add(int a, int b) => a + b; // adds\nfor (var i = 0; i < n; i++) { total += values[i] * 2; }",
        "def area(r):\n    return math.pi * r ** 2\n\nprint(f\"{area(3):.2f}\")",
        "{\"id\": 17, \"name\": \"notes\", \"tags\": [\"a\", \"b\"], \"at\": \"2024-05-01T10:30:00Z\", \"ok\": true}",
        "2024-05-01 10:30:00.123 INFO [main] com.example.App - started in 2.3s pid=4711 id=550e8400-e29b-41d4-a716-446655440000",
        "d41d8cd98f00b204e9800998ecf8427e e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
        "00 01 02 03 ff fe fd 80 7f 45 4c 46 02 01 01 00 00 00 00 00 00 00 00 00",
        "00000000: a54d ca18 2530 bb1d 6d13 2cde d623 7b2e  ........m.......\n00000010: d91e 3f72 1fcb 1971 1744 94d6 493c 9d5c  ...r...q........\n00000020: 3460 be31 201e 69fe daa0 eee8 b999 7f5c  ......i.........\n00000030: 7c29 99fd afe5 9325 3cd6 54af 4dfa d714  ................\n00000040: 27a0 aeb3 fee9 232f 8af2 211f 9ee4 91c5  ................\n00000050: b10b ecb5 563b fc1e 6f93 427e cbc8 fe29  ........o.......\n00000060: 55e5 cd8e 46dc 8ed4 b7c2 764d 2a5a 4d76  ..........v....v\n00000070: 7706 f85d 8690 024a d6bd a340 1be9 c8cb  w...............\n00000080: ccc9 35f6 cd1f 6122 6ae1 5338 ae1a 3400  ......a.j.......\n00000090: 4d33 ba0d 246a c04c 81b1 baf2 3e3b f9ee  .....j..........",
        "[0xf5, 0xf7, 0x9f, 0x2b, 0x49, 0x34, 0xaf, 0x87, 0xf5, 0x52, 0x0b, 0x69, 0xb9, 0x4b, 0x0d, 0x98, 0x2e, 0x85, 0xbb, 0x55, 0xb6, 0x72, 0xa8, 0x72, 0x63, 0x7a, 0xcd, 0x74, 0x66, 0xfc, 0xb6, 0x0e, 0x0e, 0x8f, 0xf1, 0x84, 0x63, 0xb0, 0xe4, 0xb2, 0xba, 0x29, 0x70, 0x34, 0x74, 0xf0, 0x64, 0xac]",
        "| name | value |\n|------|-------|\n| a    | 1     |\n| b    | 2     |\n\n**bold** *italic* `code` ~~gone~~",
        "∑ αᵢxᵢ ≤ β, where ρ = m/V, Δx·Δp ≥ ħ/2, λ = 2πr, ε → 0, f(x) = x², ½, ∞; σ and μ are the mean.",
        "Emoji 👩‍👩‍👧‍👦 👍🏽 ❤️ 🇩🇪🇫🇷 🏴󠁧󠁢󠁥󠁮󠁧󠁿 and ☺️ are fine™ — “quoted” … №5 ©",
        "Größe, naïve café, São Paulo, İstanbul, Łódź, đường phố Việt Nam, œuvre, ﬁne",
        "Yorùbá ọ̀rọ̀ àti ẹ̀kọ́; the mean x̄ and p̂; 1ˢᵗ, Mᵐᵉ, 10ᵗʰ, Word™ and Ω; e\u0301te\u0301.",
        "Привет, мир! СССР, сор, роса, хор и нос. Ёлка.",
        "Ελληνικά: η ώρα είναι δέκα και οι νόμοι του νου.",
        "今天的天气很好，我们去公园散步吧。用Python写一个程序，ＡＩ时代。阿尔伯特·爱因斯坦",
        "東京タワーに行きました。ﾃｽﾄ。안녕하세요, 반갑습니다 ㅋㅋㅋ.",
        "नमस्ते दुनिया, क्\u200dष और श्री. مرحبا بالعالم، می\u200cخواهم. שלום עולם. สวัสดีชาวโลก",
        "ATGCGTACGTTAGC acgtacgatc gatcgatcga MKTAYIAKQR TP53 BRCA1 CYP3A4 IL-6 TNF-α",
        "It's raining cats and dogs; he kicked the bucket, bit the bullet and let the cat out of the bag.",
        "Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor incididunt ut labore.",
        "NASA, ESA and JAXA told the WHO and the IMF about the LHC at CERN; HTTP, TCP, UDP, DNS, TLS, CSS.",
        "1337 8008 0x1F 1e-9 3.14 +49 30 1234567 192.168.0.1 fe80::1 00:1a:2b:3c:4d:5e",
    ];

    [Theory]
    [MemberData(nameof(Texts))]
    public void Ordinary_text_has_no_views_and_is_readable(string text)
    {
        Assert.Equal([], Viewed.Names(text));
        Assert.Equal(Reading.Readable, Readability.Of(text));
    }

    [Fact]
    public void Plain_text_costs_no_memory()
    {
        var text = string.Concat(Enumerable.Repeat("The meeting is about plans, and ", 8)) + "we keep notes on what was said by whom.";
        TextViews.Of(text, ViewLimits.Default);

        Assert.Equal(0, Allocations.Of(() => TextViews.Of(text, ViewLimits.Default)));
    }
}
