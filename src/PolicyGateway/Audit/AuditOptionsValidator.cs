using Microsoft.Extensions.Options;

namespace PolicyGateway.Audit;

/// <summary>Reports every fault of <see cref="AuditOptions"/> at once, each naming its key.</summary>
internal sealed class AuditOptionsValidator : IValidateOptions<AuditOptions>
{
    public ValidateOptionsResult Validate(string? name, AuditOptions options)
    {
        var faults = new List<string>();
        Path("File", options.File);
        Path("HeadsFile", options.HeadsFile);
        Path("SigningKeyFile", options.SigningKeyFile);
        Number("RetentionDays", options.RetentionDays, 0, 36_500);
        Number("BatchMaxRecords", options.BatchMaxRecords, 1, 10_000);
        Number("QueueCapacity", options.QueueCapacity, 1, 1_000_000);
        Number("CheckpointEvery", options.CheckpointEvery, 1, 1_000_000);
        Span("BatchMaxDelay", options.BatchMaxDelay, TimeSpan.Zero, TimeSpan.FromSeconds(10));
        Span("CommitTimeout", options.CommitTimeout, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(5));
        Span("CheckpointInterval", options.CheckpointInterval, TimeSpan.FromSeconds(1), TimeSpan.FromDays(1));

        string[] paths = [options.File, options.HeadsFile, options.SigningKeyFile];
        if (paths.Distinct(StringComparer.Ordinal).Count() < paths.Length)
        {
            faults.Add("Audit:File, Audit:HeadsFile and Audit:SigningKeyFile must be three different files.");
        }

        Evidence(options.SealedEvidence);
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);

        void Path(string key, string value)
        {
            if (string.IsNullOrWhiteSpace(value))
            {
                faults.Add($"Audit:{key} must name a file.");
            }
        }

        void Number(string key, int value, int least, int most)
        {
            if (value < least || value > most)
            {
                faults.Add($"Audit:{key} is {value}; it must be from {least} to {most}.");
            }
        }

        void Span(string key, TimeSpan value, TimeSpan least, TimeSpan most)
        {
            if (value < least || value > most)
            {
                faults.Add($"Audit:{key} is {value}; it must be from {least} to {most}.");
            }
        }

        void Evidence(SealedEvidenceOptions evidence)
        {
            if (evidence.Categories.Any(string.IsNullOrWhiteSpace))
            {
                faults.Add("Audit:SealedEvidence:Categories has an empty entry; name a category of the policy.");
            }

            if (evidence.Categories.Count > 0 && string.IsNullOrWhiteSpace(evidence.KeyFile))
            {
                faults.Add("Audit:SealedEvidence:KeyFile must name a key, because Audit:SealedEvidence:Categories is not empty.");
            }
        }
    }
}
