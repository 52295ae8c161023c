using System.Text;
using PolicyGateway.Classification.Views;
using Xunit.Abstractions;

namespace PolicyGateway.Classification.Tests.Views;

public sealed class OffsetMapTests(ITestOutputHelper output)
{
    private static readonly string[] Words = ["the", "garden", "river", "today", "planning", "weather", "kitchen", "people", "letter", "morning"];

    /// <summary>A word, and ways to hide it; each way knows the view that finds it.</summary>
    private static readonly (string View, Func<string, string> Hide)[] Disguises =
    [
        (ViewNames.Normalised, word => string.Join('\u200b', word.ToCharArray())),
        (ViewNames.Normalised, word => string.Concat(word.Select(c => (char)(c + 0xfee0)))),
        (ViewNames.Normalised, word => string.Concat(word.Select(c => char.ConvertFromUtf32(0x1d41a + c - 'a')))),
        (ViewNames.Normalised, word => word.Replace('e', '\u0435')),
        (ViewNames.Normalised, Viewed.Tags),
        (ViewNames.Leetspeak, word => word.Replace('e', '3')),
        (ViewNames.Joined, word => string.Join('-', word.ToCharArray())),
        (ViewNames.Joined, word => string.Join('.', word.Replace('e', '3').ToCharArray())),
        (ViewNames.Decoded, word => string.Concat(word.Select(c => $"&#{(int)c};"))),
        (ViewNames.Decoded, word => Convert.ToBase64String(Encoding.UTF8.GetBytes(word + " " + word))),
        (ViewNames.Decoded, word => Convert.ToBase64String(Encoding.UTF8.GetBytes(Convert.ToBase64String(Encoding.UTF8.GetBytes(word + " " + word))))),
        (ViewNames.Decoded, word => string.Concat(Convert.ToHexString(Encoding.UTF8.GetBytes(word + " " + word)).Select(c => (char)(c + 0xfee0)))),
    ];

    [Fact]
    public void What_a_view_found_leads_back_to_where_it_was_hidden()
    {
        var seed = Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        for (var i = 0; i < 2000; i++)
        {
            var word = new[] { "meeting", "september", "between", "presented" }[random.Next(4)];
            var (view, hide) = Disguises[random.Next(Disguises.Length)];
            var (before, after) = (Prose(random), Prose(random));
            var hidden = hide(word);
            var raw = $"{before} {hidden} {after}";

            var found = TextViews.Of(raw, ViewLimits.Default).SingleOrDefault(candidate => candidate.Name == view);
            Assert.True(found is not null, $"no view {view} of: {raw}");
            var at = found.Text.IndexOf(word, before.Length, StringComparison.Ordinal);
            Assert.True(at > 0, $"{found.Text} of: {raw}");
            var range = found.Offsets.ToRaw(at, word.Length);
            Assert.Equal(new RawRange(before.Length + 1, hidden.Length), range);
        }
    }

    [Fact]
    public void Runs_cover_the_view_and_stay_inside_the_raw_text()
    {
        var seed = Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        for (var i = 0; i < 2000; i++)
        {
            var raw = string.Join(' ', Enumerable.Range(0, 8).Select(_ => random.Next(3) == 0
                ? Disguises[random.Next(Disguises.Length)].Hide("meeting")
                : random.Next(4) == 0 ? Viewed.Shift(Prose(random), 13) : Prose(random)));
            foreach (var view in TextViews.Of(raw, ViewLimits.Default))
            {
                var end = 0;
                foreach (var run in view.Offsets.Runs)
                {
                    Assert.Equal(end, run.View);
                    end += run.ViewLength;
                    Assert.InRange(run.Raw, 0, raw.Length);
                    Assert.InRange(run.Raw + run.RawLength, run.Raw, raw.Length);
                    Assert.True(run.Step == OffsetStep.Whole || run.ViewLength == run.RawLength);
                }

                Assert.Equal(view.Text.Length, end);
                Assert.Equal(new RawRange(view.Offsets.ToRaw(0), view.Offsets.ToRaw(0, end).Length), view.Offsets.ToRaw(0, end));
            }
        }
    }

    [Theory]
    [InlineData("knab revir eht raen god yzal eht revo spmuj xof nworb kciuq eht")]
    [InlineData("егинк йовон о илаваровогзар и украп оп илялуг оглод ым яндогеС")]
    public void Reversed_text_leads_back_letter_by_letter(string raw)
    {
        var view = Viewed.View(raw, ViewNames.Reversed);

        Assert.All(Enumerable.Range(0, view.Text.Length), i => Assert.Equal(raw[view.Offsets.ToRaw(i)], view.Text[i]));
        Assert.Equal(new RawRange(0, 4), view.Offsets.ToRaw(view.Text.Length - 4, 4));
    }

    [Fact]
    public void A_long_text_with_one_change_has_few_runs()
    {
        var raw = string.Concat(Enumerable.Range(0, 2000).Select(i => Words[i * 7 % Words.Length] + " ")) + "m33ting";

        Assert.InRange(Viewed.View(raw, ViewNames.Leetspeak).Offsets.Runs.Length, 1, 3);
    }

    [Fact]
    public void A_map_over_the_identity_is_itself()
    {
        var map = Viewed.View("Read 6d656574696e67206e6f746573 now", ViewNames.Decoded).Offsets;

        Assert.Equal<IEnumerable<OffsetRun>>([.. map.Runs], [.. map.Over(OffsetMap.Identity(35)).Runs]);
    }

    private static string Prose(Random random) =>
        string.Join(' ', Enumerable.Range(0, random.Next(1, 6)).Select(_ => Words[random.Next(Words.Length)]));
}
