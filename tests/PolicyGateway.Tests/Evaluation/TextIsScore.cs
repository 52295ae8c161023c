using System.Globalization;
using PolicyGateway.Classification;
using PolicyGateway.Tests.Policy;

namespace PolicyGateway.Tests.Evaluation;

/// <summary>
/// A classifier whose answer stands in the text: <c>0.7</c> is the probability of <c>flagged</c>, <c>later 0.7</c> is the
/// same from a second stage, <c>cyber 0.7</c> is that of another head, <c>unknown</c> is no verdict, <c>broken</c> is no
/// probability, anything else is 0.
/// </summary>
internal sealed class TextIsScore : IClassifier
{
    public ClassifierProfile Profile => ThePolicy.Profile;

    public bool IsReady => true;

    public Task WarmUpAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public ValueTask<Scores> ClassifyAsync(ClassifierInput input, CancellationToken cancellationToken)
    {
        var words = input.Text.ToString().Split(' ');
        if (words is ["unknown"])
        {
            return new(Scores.Unknown(UnknownReason.Deadline, "ngram", Profile.Model));
        }

        var scores = new float[Profile.Heads.Length];
        scores[0] = words is ["broken"] ? float.NaN : 0;
        var head = Profile.IndexOf(words[0]);
        if (float.TryParse(words[^1], CultureInfo.InvariantCulture, out var score) && score is >= 0 and <= 1)
        {
            scores[head >= 0 ? head : Profile.IndexOf("flagged")] = score;
        }

        return new(new Scores([.. scores], words[0] == "later" ? "transformer" : "ngram", Profile.Model, 1));
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
