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
    /// How many texts are scored at once, each on one thread. 1 to 256; default: two per processor, so that a thread that is
    /// preempted in its middle, and keeps its lane, makes nobody wait.
    /// </summary>
    public int Lanes { get; set; } = 2 * Environment.ProcessorCount;

    /// <summary>How many texts may wait for a lane before the next one is answered "unknown". 0 to 100,000; default 1,024.</summary>
    public int QueueLimit { get; set; } = 1024;

    /// <summary>How long one text may take, waiting included. 1 ms to 1 minute; default 2 seconds.</summary>
    public TimeSpan Deadline { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>The longest text that is scored, in UTF-16 characters; longer ones are "unknown". 1,000 to 100,000,000; default 4,000,000.</summary>
    public int MaxCharacters { get; set; } = 4_000_000;

    /// <summary>Every fault at once, each naming its key; empty when the options are sound.</summary>
    public IReadOnlyList<string> Validate()
    {
        var faults = new List<string>();
        if (string.IsNullOrWhiteSpace(Bundle))
        {
            faults.Add("Classifier:Bundle is missing: name the folder of a model bundle, for example models/ngram-1.");
        }

        if (ManifestSha256.Length != 0 && (ManifestSha256.Length != 64 || !ManifestSha256.All(char.IsAsciiHexDigit)))
        {
            faults.Add("Classifier:ManifestSha256 must be 64 hexadecimal digits, or empty.");
        }

        CheckRange(faults, nameof(Lanes), Lanes, 1, 256);
        CheckRange(faults, nameof(QueueLimit), QueueLimit, 0, 100_000);
        CheckRange(faults, nameof(MaxCharacters), MaxCharacters, 1_000, 100_000_000);
        if (Deadline < TimeSpan.FromMilliseconds(1) || Deadline > TimeSpan.FromMinutes(1))
        {
            faults.Add($"Classifier:Deadline is {Deadline}; it must be from 00:00:00.001 to 00:01:00.");
        }

        return faults;
    }

    private static void CheckRange(List<string> faults, string key, int value, int low, int high)
    {
        if (value < low || value > high)
        {
            faults.Add(FormattableString.Invariant($"Classifier:{key} is {value}; it must be from {low} to {high}."));
        }
    }
}
