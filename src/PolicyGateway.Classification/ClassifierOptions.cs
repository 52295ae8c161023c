using System.Text.Json.Serialization;

namespace PolicyGateway.Classification;

/// <summary>Where the model is, and how much of the machine a classification may take.</summary>
public sealed class ClassifierOptions
{
    /// <summary>The configuration section that these options are bound from.</summary>
    public const string Section = "Classifier";

    /// <summary>The folder of the model bundle. Required; a relative path counts from the working directory.</summary>
    public string Bundle { get; set; } = "";

    /// <summary>The SHA-256 that the bundle's manifest must have, 64 hexadecimal digits; empty pins nothing.</summary>
    public string ManifestSha256 { get; set; } = "";

    /// <summary>
    /// The folder of the second stage's bundle, which decides what the first does not clear; empty leaves the first alone to
    /// decide. A relative path counts from the working directory.
    /// </summary>
    public string EncoderBundle { get; set; } = "";

    /// <summary>The SHA-256 that the second stage's manifest must have, 64 hexadecimal digits; empty pins nothing.</summary>
    public string EncoderManifestSha256 { get; set; } = "";

    /// <summary>How many texts the second stage scores at once, each on a thread of its own. 1 to 256; default: one per processor.</summary>
    public int EncoderLanes { get; set; } = Environment.ProcessorCount;

    /// <summary>
    /// How many texts' scores are kept, for texts that come again as those of a conversation do: some 400 bytes each and no text. 0 to 10,000,000;
    /// default 20,000.
    /// </summary>
    public int CachedScores { get; set; } = 20_000;

    /// <summary>
    /// How many texts are scored at once, each on one thread. 1 to 256; default: two per processor, so that a thread that is
    /// preempted in its middle, and keeps its lane, makes nobody wait.
    /// </summary>
    public int Lanes { get; set; } = 2 * Environment.ProcessorCount;

    /// <summary>How many texts may wait for a lane before the next one is answered "unknown". 0 to 100,000; default 1,024.</summary>
    public int QueueLimit { get; set; } = 1024;

    /// <summary>How long one text may take, waiting included; the second stage reads some 8,000 characters a second and lane. 1 ms to 1 minute; default 10 seconds.</summary>
    public TimeSpan Deadline { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long all texts of a request, or of an answer, may take together; those that are known from before take none. 1 ms to 10 minutes; default 30 seconds.</summary>
    public TimeSpan TotalDeadline { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>The longest text that is scored, in UTF-16 characters; longer ones are "unknown". 1,000 to 100,000,000; default 4,000,000.</summary>
    public int MaxCharacters { get; set; } = 4_000_000;

    /// <summary>How often these settings, and the folders that they name, are looked at for another bundle. 100 ms to 1 hour; default 5 seconds.</summary>
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>A second model that judges alongside and only reports; no part of what this classifier is loaded from.</summary>
    [JsonIgnore]
    public CandidateOptions Candidate { get; set; } = new();

    /// <summary>Every fault at once, each naming its key; empty when the options are sound.</summary>
    public IReadOnlyList<string> Validate()
    {
        var faults = new List<string>();
        if (string.IsNullOrWhiteSpace(Bundle))
        {
            faults.Add("Classifier:Bundle is missing: name the folder of a model bundle, for example models/ngram-1.");
        }

        CheckPin(faults, nameof(ManifestSha256), ManifestSha256);
        CheckPin(faults, nameof(EncoderManifestSha256), EncoderManifestSha256);
        CheckRange(faults, nameof(EncoderLanes), EncoderLanes, 1, 256);
        CheckRange(faults, nameof(CachedScores), CachedScores, 0, 10_000_000);
        CheckRange(faults, nameof(Lanes), Lanes, 1, 256);
        CheckRange(faults, nameof(QueueLimit), QueueLimit, 0, 100_000);
        CheckRange(faults, nameof(MaxCharacters), MaxCharacters, 1_000, 100_000_000);
        CheckRange(faults, nameof(Deadline), Deadline, TimeSpan.FromMilliseconds(1), TimeSpan.FromMinutes(1));
        CheckRange(faults, nameof(TotalDeadline), TotalDeadline, TimeSpan.FromMilliseconds(1), TimeSpan.FromMinutes(10));
        CheckPin(faults, "Candidate:ManifestSha256", Candidate.ManifestSha256);
        CheckPin(faults, "Candidate:EncoderManifestSha256", Candidate.EncoderManifestSha256);
        CheckRange(faults, "Candidate:SampleRate", Candidate.SampleRate, 0, 1);
        CheckRange(faults, "Candidate:QueueLimit", Candidate.QueueLimit, 1, 10_000);
        if (!Candidate.IsNamed && Candidate.EncoderBundle.Length > 0)
        {
            faults.Add("Classifier:Candidate:Bundle is missing: a candidate for the second stage alone is named with the first stage that it stands behind.");
        }

        CheckRange(faults, nameof(PollInterval), PollInterval, TimeSpan.FromMilliseconds(100), TimeSpan.FromHours(1));
        return faults;
    }

    private static void CheckPin(List<string> faults, string key, string pin)
    {
        if (pin.Length != 0 && (pin.Length != 64 || !pin.All(char.IsAsciiHexDigit)))
        {
            faults.Add($"Classifier:{key} must be 64 hexadecimal digits, or empty.");
        }
    }

    private static void CheckRange<T>(List<string> faults, string key, T value, T low, T high)
        where T : IComparable<T>
    {
        // What is no number compares below everything.
        if (value.CompareTo(low) < 0 || value.CompareTo(high) > 0)
        {
            faults.Add(FormattableString.Invariant($"Classifier:{key} is {value}; it must be from {low} to {high}."));
        }
    }
}
