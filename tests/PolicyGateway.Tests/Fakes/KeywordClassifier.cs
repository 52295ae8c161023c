using PolicyGateway.Classification;
using PolicyGateway.Cli;

namespace PolicyGateway.Tests.Fakes;

/// <summary>
/// Stands in for the model where a test must know exactly what is flagged: a text that holds a marker is flagged, and no
/// other. Records nothing but how often it was asked.
/// </summary>
internal sealed class KeywordClassifier : IClassifier
{
    public const string Cyber = "marker-cyber";
    public const string DoubtfulCyber = "marker-doubtful";
    /// <summary>Takes what is flagged back: context that comes later.</summary>
    public const string Explained = "marker-explained";

    public const string Prohibited = "marker-prohibited";

    private int _asked;

    public ClassifierProfile Profile => ExplainCommand.PlainProfile;

    public bool IsReady { get; set; } = true;

    public int Asked => Volatile.Read(ref _asked);

    /// <summary>When set, every text is answered with it.</summary>
    public UnknownReason Unknown { get; set; }

    /// <summary>How long each answer takes.</summary>
    public TimeSpan Delay { get; set; }

    /// <summary>Texts on which the classifier itself falls over.</summary>
    public Func<string, bool> Fails { get; set; } = _ => false;

    public Task WarmUpAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async ValueTask<Scores> ClassifyAsync(ClassifierInput input, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _asked);
        if (Delay > TimeSpan.Zero)
        {
            await Task.Delay(Delay, cancellationToken);
        }

        if (Unknown != UnknownReason.None)
        {
            return Scores.Unknown(Unknown, "keyword", "keyword-1");
        }

        var text = input.Text.ToString();
        if (Fails(text))
        {
            throw new InvalidOperationException("The classifier fell over.");
        }

        var scores = new float[Profile.Heads.Length];
        if (text.Contains(Explained, StringComparison.Ordinal))
        {
            return new Scores([.. scores], "keyword", "keyword-1", 1);
        }

        Set("cyber", text.Contains(DoubtfulCyber, StringComparison.Ordinal) ? 0.5f : 0);
        Set("cyber", text.Contains(Cyber, StringComparison.Ordinal) ? 0.97f : 0);
        Set("flagged", text.Contains(Cyber, StringComparison.Ordinal) ? 0.97f : 0);
        if (text.Contains(Prohibited, StringComparison.Ordinal))
        {
            Set("cyber", 0.97f);
            Set("flagged", 0.97f);
            Set("prohibited", 0.97f);
        }

        return new Scores([.. scores], "keyword", "keyword-1", 1);

        void Set(string head, float value) => scores[Profile.IndexOf(head)] = Math.Max(scores[Profile.IndexOf(head)], value);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
