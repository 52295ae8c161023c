using System.Text.Json;

namespace PolicyGateway.Classification.Tests.Ngram;

/// <summary>The shipped bundle reproduces the scores that were written down when it was exported.</summary>
public sealed class ReferenceScoresTests
{
    [Fact]
    public async Task The_reference_texts_have_their_scores()
    {
        await AssertScores(Shipped.ReferenceTexts);
    }

    [Fact]
    public async Task The_demo_texts_have_their_scores()
    {
        await AssertScores(Shipped.DemoTexts);
    }

    [Fact]
    public async Task The_demo_texts_fall_on_the_side_that_they_stand_for()
    {
        await using var classifier = Shipped.Load();
        var bands = classifier.Profile.Thresholds;
        foreach (var (row, input) in Read(Shipped.DemoTexts))
        {
            var scores = (await classifier.ClassifyAsync(input, CancellationToken.None)).Probabilities;
            var isAlarm = scores.Zip(bands).Any(pair => pair.First >= pair.Second.Uncertain);
            var isCyber = scores[0] >= bands[0].Flagged;
            var isProhibited = scores[LabelMap.ProhibitedIndex] >= bands[LabelMap.ProhibitedIndex].Flagged;
            var holds = row.GetProperty("severity").GetString() switch
            {
                "benign" => !isAlarm,
                "dual_use" => isCyber && scores[LabelMap.ProhibitedIndex] < bands[LabelMap.ProhibitedIndex].Uncertain,
                _ => isProhibited,
            };
            Assert.True(holds, row.GetProperty("id").GetString());
        }
    }

    private static async Task AssertScores(string file)
    {
        await using var classifier = Shipped.Load();
        var rows = Read(file).ToArray();
        Assert.NotEmpty(rows);
        foreach (var (row, input) in rows)
        {
            var scores = await classifier.ClassifyAsync(input, CancellationToken.None);
            for (var head = 0; head < LabelMap.HeadCount; head++)
            {
                var expected = row.GetProperty("scores").GetProperty(LabelMap.Heads[head]).GetSingle();
                Assert.InRange(scores.Probabilities[head], expected - 1e-4f, expected + 1e-4f);
            }
        }
    }

    private static IEnumerable<(JsonElement Row, ClassifierInput Input)> Read(string file) =>
        File.ReadLines(file).Select(line =>
        {
            var row = JsonElement.Parse(line);
            var kind = row.GetProperty("kind").GetString() == "completion" ? TextKind.Completion : TextKind.Prompt;
            return (row, new ClassifierInput(
                kind,
                row.GetProperty("text").GetString().AsMemory(),
                row.TryGetProperty("prompt", out var prompt) ? prompt.GetString().AsMemory() : default));
        });
}
