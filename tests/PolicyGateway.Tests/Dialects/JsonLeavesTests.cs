using System.Diagnostics;
using System.Text.Json;
using PolicyGateway.Dialects;
using PolicyGateway.Dialects.Fields;

namespace PolicyGateway.Tests.Dialects;

/// <summary>What is read without knowing what it is: numbers that may spell a text, and what reading them costs.</summary>
public sealed class JsonLeavesTests
{
    private const string Fifteen = "1,1,1,1,1,1,1,1,1,1,1,1,1,1,1";

    [Theory]
    [InlineData($"[{Fifteen}]", false)]
    [InlineData($"[{Fifteen},1]", true)]
    [InlineData($"[{Fifteen},\"a\",1]", true)]
    [InlineData($"[[{Fifteen}],[1]]", true)]
    [InlineData($"[[[{Fifteen}],null],[[1]]]", true)]
    [InlineData($$"""[{{Fifteen}},{"a":1}]""", false)]
    [InlineData($$"""[{{Fifteen}},{"a":[1]}]""", false)]
    [InlineData($$"""[{"a":[{{Fifteen}},1]}]""", true)]
    [InlineData($$"""{"a":[{{Fifteen}}],"b":[{{Fifteen}}]}""", false)]
    [InlineData("12345678901234567890123456789012", false)]
    [InlineData("123456789012345678901234567890123", true)]
    [InlineData("[123456789012345678901234567890123]", true)]
    [InlineData("""{"a":[[{"b":123456789012345678901234567890123}]]}""", true)]
    public void Sixteen_numbers_of_an_array_and_the_arrays_in_it_and_one_long_number_may_spell_a_text(string json, bool mayBeText)
    {
        using var document = JsonDocument.Parse(json);

        Assert.Equal(mayBeText, Request(document.RootElement).HasUnclassified);
        Assert.Equal(mayBeText, Answer(document.RootElement).HasUnclassified);
    }

    [Fact]
    public void Depth_does_not_multiply_what_numbers_cost_to_read()
    {
        const int Count = 100_000;
        const int Depth = 1000;
        var numbers = string.Join(',', Enumerable.Repeat("1", Count));
        using var flat = JsonDocument.Parse($"[{numbers}]");
        using var deep = JsonDocument.Parse(new string('[', Depth) + numbers + new string(']', Depth), new JsonDocumentOptions { MaxDepth = Depth });

        foreach (var scan in new Func<JsonElement, TextCollector>[] { Request, Answer })
        {
            // Counted at each level it was some 500 times as much.
            Assert.InRange(Least(() => scan(deep.RootElement)).Ticks, 0, 50 * (Least(() => scan(flat.RootElement)).Ticks + TimeSpan.TicksPerMillisecond));
        }
    }

    private static TimeSpan Least(Action action) => Enumerable.Range(0, 3).Min(_ =>
    {
        var start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start);
    });

    private static TextCollector Request(JsonElement value)
    {
        var texts = new TextCollector();
        JsonLeaves.Scan(value, texts, 0, ChannelKey.Unknown);
        return texts;
    }

    private static TextCollector Answer(JsonElement value)
    {
        var texts = new TextCollector();
        new AnswerLeaves(texts).Scan(value, FieldPlace.Top, ChannelKey.Unknown, new QuietFields());
        return texts;
    }
}
