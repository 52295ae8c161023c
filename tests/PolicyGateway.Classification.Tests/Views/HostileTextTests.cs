using System.Diagnostics;
using System.Text;
using PolicyGateway.Classification.Views;

namespace PolicyGateway.Classification.Tests.Views;

/// <summary>Inputs that are meant to break or to exhaust a reader.</summary>
public sealed class HostileTextTests
{
    private const int Unit = 50_000;

    /// <summary>Names and makers of texts of about a given length.</summary>
    private static readonly Dictionary<string, Func<int, string>> Makers = new()
    {
        ["words"] = n => Repeat("meeting notes of today ", n),
        ["one token"] = n => new string('a', n),
        ["digits"] = n => Repeat("1234567890", n),
        ["spaces"] = n => new string(' ', n),
        ["emoji"] = n => Repeat("😀👍🏽", n),
        ["lone surrogates"] = n => Repeat("\ud83d \udc00\ud800", n),
        ["nul"] = n => new string('\0', n),
        ["right to left"] = n => Repeat("abc \u202eמשהו\u202c 123 \u200fمرحبا\u200e ", n),
        ["zalgo"] = n => Repeat("e\u0301\u0316\u0321\u0334\u0350\u0351\u0352", n),
        ["combining marks"] = n => "a" + new string('\u0301', n),
        ["spelled"] = n => Repeat("m e e t ", n),
        ["dotted"] = n => Repeat("m.e.e.t.", n),
        ["starred"] = n => Repeat("me*et~", n),
        ["mixed case"] = n => Repeat("mEeTInG ", n),
        ["leet"] = n => Repeat("m33t1ng ", n),
        ["hex that is no text"] = n => Repeat("00 ff ", n),
        ["hex in one"] = n => Repeat("00ff", n),
        ["base64 of zeros"] = n => Convert.ToBase64String(new byte[n * 3 / 4]),
        ["base64 that ends badly"] = n => Repeat("TWVldGluZyBub3Rl", n) + "////",
        ["wrapped base64"] = n => Repeat(new string('A', 76) + "\n", n),
        ["percent"] = n => Repeat("%6d%65", n),
        ["broken escapes"] = n => Repeat("%%\\u&#U+", n),
        ["open entities"] = n => Repeat("&#", n),
        ["entities"] = n => Repeat("&#109;", n),
        ["expanding"] = n => Repeat("\ufb03\u3300", n),
        ["enciphered"] = n => Viewed.Shift(Repeat("the quick brown fox jumps over a lazy dog ", n), 7),
        ["reversed"] = n => Repeat("yadot gninnalp rof seton gniteem ", n),
        ["reversed in other letters"] = n => Repeat("яндогес ым оглод илялуг ", n),
        ["reversed with marks"] = n => Repeat("ैह ाछ्चअ तुहब मसौम जआ ", n),
        ["pinyin"] = n => Repeat("我yinhang", n),
        ["mixed scripts"] = n => Repeat("m\u0435\u0435ting \u0441\u043e\u0440\u0430 ", n),
        ["tags"] = n => Viewed.Tags(Repeat("hello ", n / 2)),
        ["apostrophes"] = n => "a" + new string('\'', n),
        ["near repetition"] = n => string.Concat(Enumerable.Range(0, n / 8).Select(i => i % 60 == 59 ? $"x{i} " : "word ")),
    };

    public static TheoryData<string> Names => [.. Makers.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Work_grows_no_faster_than_the_text_and_views_stay_bounded(string name)
    {
        var (small, large) = (Makers[name](Unit), Makers[name](4 * Unit));
        Time(small); // compiled and warm

        // Four times the text is four times the work; squared it would be sixteen. The least of several runs, and of as many as a
        // busy machine takes: waiting for a core makes each run longer, and none shorter.
        var (once, fourTimes) = (double.PositiveInfinity, double.PositiveInfinity);
        for (var run = 0; run < 3 || (run < 12 && fourTimes > 10 * once); run++)
        {
            (once, fourTimes) = (Math.Min(once, Time(small).TotalMilliseconds), Math.Min(fourTimes, Time(large).TotalMilliseconds));
        }

        Assert.InRange(fourTimes, 0, (10 * once) + 150);
        Assert.All(TextViews.Of(large, ViewLimits.Default), view => Assert.InRange(view.Text.Length, 0, ViewLimits.Default.MaxLength(large)));
    }

    [Theory]
    [InlineData("words")]
    [InlineData("one token")]
    [InlineData("mixed scripts")]
    public void Ten_megabytes_are_read(string name)
    {
        var text = Makers[name](10_000_000);

        Assert.InRange(Time(text), TimeSpan.Zero, TimeSpan.FromMinutes(1));
    }

    [Fact]
    public void A_deep_nest_of_base64_costs_two_layers()
    {
        var text = "meeting notes of today";
        for (var depth = 0; depth < 25; depth++)
        {
            text = Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
        }

        var view = Viewed.View(text, ViewNames.Decoded);

        Assert.InRange(view.Text.Length, text.Length / 2, text.Length);
    }

    [Fact]
    public void A_view_grows_no_longer_than_its_limit()
    {
        var limits = new ViewLimits { MaxExpansion = 1, MinCharacters = 100 };
        var raw = "mee\u200bting " + string.Concat(Enumerable.Repeat("\u3300", 1000));

        var view = Assert.Single(TextViews.Of(raw, limits), candidate => candidate.Name == ViewNames.Normalised);

        Assert.InRange(view.Text.Length, raw.Length, raw.Length + 100);
    }

    [Fact]
    public void A_lone_surrogate_stays_where_it_is()
    {
        Assert.Equal("\ud83d meeting \udc00", Viewed.Text("\ud83d mee\u200bting \udc00", ViewNames.Normalised));
    }

    [Fact]
    public void Random_characters_never_throw()
    {
        var random = new Random(20240501);
        for (var i = 0; i < 3000; i++)
        {
            var pieces = new[] { "%", "\\u", "&#", "U+00", "=", "a", "Z", "0", "\ud83d", "\udc00", "\u0301", "\u200b", "我", "é", " ", "\n", "\udb40\udc41", "ꓮ", "@", "*" };
            var text = string.Concat(Enumerable.Range(0, random.Next(40)).Select(_ => random.Next(4) == 0 ? ((char)random.Next(0x10000)).ToString() : pieces[random.Next(pieces.Length)]));
            _ = TextViews.Of(text, ViewLimits.Default);
            _ = Readability.Of(text);
        }
    }

    private static string Repeat(string unit, int length) => string.Concat(Enumerable.Repeat(unit, (length / unit.Length) + 1));

    private static TimeSpan Time(string text)
    {
        var start = Stopwatch.GetTimestamp();
        _ = TextViews.Of(text, ViewLimits.Default);
        _ = Readability.Of(text);
        return Stopwatch.GetElapsedTime(start);
    }
}
