namespace PolicyGateway.Classification.Tests;

public sealed class ClassifierOptionsTests
{
    [Fact]
    public void Sound_options_have_no_faults()
    {
        Assert.Empty(Shipped.Options().Validate());
    }

    [Fact]
    public void Every_fault_is_named_at_once()
    {
        var options = new ClassifierOptions
        {
            ManifestSha256 = "zz",
            Lanes = 0,
            QueueLimit = -1,
            MaxCharacters = 1,
            Deadline = TimeSpan.Zero,
            TotalDeadline = TimeSpan.Zero,
            EncoderManifestSha256 = "abc",
            EncoderLanes = 0,
            CachedScores = -1,
            PollInterval = TimeSpan.Zero,
            Candidate = new CandidateOptions { EncoderBundle = "x", ManifestSha256 = "x", EncoderManifestSha256 = "y", SampleRate = double.NaN, QueueLimit = 0 },
        };

        var faults = options.Validate();

        string[] keys = ["Bundle", "ManifestSha256", "EncoderManifestSha256", "EncoderLanes", "CachedScores", "Lanes", "QueueLimit", "MaxCharacters", "Deadline", "TotalDeadline", "PollInterval",
            "Candidate:Bundle", "Candidate:ManifestSha256", "Candidate:EncoderManifestSha256", "Candidate:SampleRate", "Candidate:QueueLimit"];
        Assert.Equal(keys.Length, faults.Count);
        Assert.All(keys, key => Assert.Contains(faults, fault => fault.StartsWith($"Classifier:{key} ", StringComparison.Ordinal)));
    }

    [Fact]
    public void Faulty_options_load_nothing()
    {
        var fault = Assert.Throws<ArgumentException>(() => Shipped.Load(new ClassifierOptions())).Message;

        Assert.Contains("Classifier:Bundle is missing", fault, StringComparison.Ordinal);
    }
}
