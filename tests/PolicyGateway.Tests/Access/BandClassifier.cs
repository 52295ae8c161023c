using PolicyGateway.Classification;
using PolicyGateway.Cli;

namespace PolicyGateway.Tests.Access;

/// <summary>Finds in a text what it says of itself: <c>bio-flagged</c> is flagged as bio, <c>cyber-prohibited</c> prohibited.</summary>
internal sealed class BandClassifier : IClassifier
{
    public ClassifierProfile Profile => ExplainCommand.PlainProfile;

    public bool IsReady => true;

    public Task WarmUpAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public ValueTask<Scores> ClassifyAsync(ClassifierInput input, CancellationToken cancellationToken)
    {
        var text = input.Text.ToString();
        var scores = new float[Profile.Heads.Length];
        foreach (var head in Profile.Heads)
        {
            scores[Profile.IndexOf(head)] = text.Contains(head + "-uncertain", StringComparison.Ordinal) ? 0.5f
                : text.Contains(head + "-flagged", StringComparison.Ordinal) || text.Contains(head + "-prohibited", StringComparison.Ordinal) ? 0.97f
                : 0;
        }

        scores[Profile.IndexOf("prohibited")] = text.Contains("-prohibited", StringComparison.Ordinal) ? 0.97f : 0;
        return new ValueTask<Scores>(new Scores([.. scores], "bands", "bands-1", 1));
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
