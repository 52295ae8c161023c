using PolicyGateway.Classification.Ngram;
using PolicyGateway.Classification.Onnx;

namespace PolicyGateway.Classification.Tests.Ngram;

public sealed class NgramLaneTests
{
    [Fact]
    public void Scoring_allocates_nothing_once_it_has_run()
    {
        var bundle = NgramBundle.Load(Shipped.Bundle);
        using var session = new NgramSession(bundle.Model);
        using var lane = new NgramLane(bundle, session);
        var probabilities = new float[LabelMap.HeadCount];
        var deadline = new Deadline(TimeProvider.System, TimeSpan.FromHours(1));
        var text = string.Concat(Enumerable.Repeat("A sentence about the weather, довольно скучная. ", 200));
        lane.Score(TextKind.Prompt, text, probabilities, deadline, out _);

        Assert.Equal(0, Allocations.Of(() =>
        {
            for (var round = 0; round < 50; round++)
            {
                lane.Score(TextKind.Completion, text, probabilities, deadline, out _);
            }
        }));
    }
}
