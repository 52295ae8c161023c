using System.Text.Json.Serialization;

namespace PolicyGateway.Classification;

/// <summary>A second model that judges some of what the one in force judged, after it, and only reports.</summary>
public sealed class CandidateOptions
{
    /// <summary>The folder of its first stage's bundle; empty for no candidate.</summary>
    public string Bundle { get; set; } = "";

    /// <summary>The SHA-256 that the bundle's manifest must have, 64 hexadecimal digits; empty pins nothing.</summary>
    public string ManifestSha256 { get; set; } = "";

    /// <summary>The folder of its second stage's bundle; empty leaves its first alone to decide.</summary>
    public string EncoderBundle { get; set; } = "";

    /// <summary>The SHA-256 that the second stage's manifest must have, 64 hexadecimal digits; empty pins nothing.</summary>
    public string EncoderManifestSha256 { get; set; } = "";

    /// <summary>The share of judgements that it is asked about, too. 0 to 1; default 0.1.</summary>
    public double SampleRate { get; set; } = 0.1;

    /// <summary>How many judgements may wait for it before the next one is dropped. 1 to 10,000; default 256.</summary>
    public int QueueLimit { get; set; } = 256;

    /// <summary>Whether there is a candidate.</summary>
    [JsonIgnore]
    public bool IsNamed => Bundle.Length > 0;

    /// <summary>A fault of what was loaded by <see cref="Beside"/>, by the names that its settings have here.</summary>
    public static string NameSettings(string fault)
    {
        ArgumentNullException.ThrowIfNull(fault);
        return fault.Replace("Classifier:", "Classifier:Candidate:", StringComparison.Ordinal);
    }

    /// <summary>What its classifier is loaded by: it gets one thread, the limits of the one in force, and no cache.</summary>
    public ClassifierOptions Beside(ClassifierOptions inForce)
    {
        ArgumentNullException.ThrowIfNull(inForce);
        return new ClassifierOptions
        {
            Bundle = Bundle,
            ManifestSha256 = ManifestSha256,
            EncoderBundle = EncoderBundle,
            EncoderManifestSha256 = EncoderManifestSha256,
            Lanes = 1,
            EncoderLanes = 1,
            CachedScores = 0,
            Deadline = inForce.Deadline,
            MaxCharacters = inForce.MaxCharacters,
        };
    }
}
