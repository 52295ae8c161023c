using PolicyGateway.Audit;
using PolicyGateway.Classification;
using PolicyGateway.Hosting;
using PolicyGateway.Identity;
using PolicyGateway.Policy;

namespace PolicyGateway.Cli;

/// <summary>
/// What <c>validate</c> looks at: the configuration, the options of every section, the model bundle, the policy. A fault in
/// one does not hide those of the next.
/// </summary>
internal static class ValidateChecks
{
    public static async Task<ValidateReport> RunAsync(GatewayHostSettings settings)
    {
        var report = new ValidateReport();
        IConfiguration configuration;
        IHostEnvironment environment;
        try
        {
            var builder = GatewayHost.CreateBuilder(settings);
            (configuration, environment) = (builder.Configuration, builder.Environment);
        }
        catch (Exception e) when (e is IOException or InvalidDataException or FormatException or InvalidOperationException or UnauthorizedAccessException)
        {
            // Without a configuration there is nothing else to look at.
            report.Fault("--config", $"The configuration cannot be read: {e.Message} {e.InnerException?.Message}".TrimEnd());
            return report;
        }

        await CheckOptionsAsync(settings, report);
        var profile = await CheckBundleAsync(configuration, report);
        CheckPolicy(configuration, environment, profile, report);
        return report;
    }

    private static async Task CheckOptionsAsync(GatewayHostSettings settings, ValidateReport report)
    {
        try
        {
            await GatewayHost.CheckAsync(settings);
        }
        catch (Exception e) when (StartFaults.Of(e) is { Count: > 0 } faults)
        {
            foreach (var fault in faults)
            {
                report.Fault(fault);
            }
        }
    }

    /// <summary>The heads that the policy is checked against: the bundle's, or plain ones where it cannot be loaded.</summary>
    private static async Task<ClassifierProfile> CheckBundleAsync(IConfiguration configuration, ValidateReport report)
    {
        try
        {
            var options = configuration.GetSection(ClassifierOptions.Section).Get<ClassifierOptions>() ?? new ClassifierOptions();
            if (options.Validate().Count > 0)
            {
                // Named by the options' own validator already.
                return ExplainCommand.PlainProfile;
            }

            await CheckCandidateAsync(options, report);
            await using var classifier = Classifiers.Load(options);
            return classifier.Profile;
        }
        catch (BundleException e)
        {
            report.Fault(e.Setting, $"{e.Setting}: {e.Message}");
        }
        catch (InvalidOperationException)
        {
            // A value of another type: the binding of the options named it.
        }

        return ExplainCommand.PlainProfile;
    }

    private static async Task CheckCandidateAsync(ClassifierOptions options, ValidateReport report)
    {
        if (!options.Candidate.IsNamed)
        {
            return;
        }

        try
        {
            await Classifiers.Load(options.Candidate.Beside(options)).DisposeAsync();
        }
        catch (BundleException e)
        {
            report.Fault(CandidateOptions.NameSettings(e.Setting), CandidateOptions.NameSettings($"{e.Setting}: {e.Message}"));
        }
    }

    private static void CheckPolicy(
        IConfiguration configuration, IHostEnvironment environment, ClassifierProfile profile, ValidateReport report)
    {
        var file = configuration[$"{PolicyOptions.Section}:{nameof(PolicyOptions.File)}"] ?? new PolicyOptions().File;
        if (string.IsNullOrWhiteSpace(file))
        {
            return;
        }

        // Names that no ladder can be made of are faults of Identity:Tiers, and named there.
        var ladder = ToolSettings.LadderOf(configuration) ?? TierLadder.Default;
        var found = PolicyCheck.Check(Path.GetFullPath(file, environment.ContentRootPath), ladder, profile);
        foreach (var fault in found.Faults)
        {
            report.Fault(fault.Key, $"{file}: {fault}");
        }

        foreach (var warning in found.Warnings)
        {
            report.Warn(warning.Key, $"{file}: {warning}");
        }

        CheckSealing(configuration, found.Snapshot, report);
    }

    /// <summary>A policy changes while the gateway runs, so that this is no fault: of a category that is not there nothing is kept.</summary>
    private static void CheckSealing(IConfiguration configuration, PolicySnapshot? policy, ValidateReport report)
    {
        const string Key = $"{AuditOptions.Section}:{nameof(AuditOptions.SealedEvidence)}:{nameof(SealedEvidenceOptions.Categories)}";
        foreach (var (_, name) in configuration.GetSection(Key).AsEnumerable())
        {
            if (name is not null && policy?.TryGet(name, out _) == false)
            {
                report.Warn(Key, $"{Key}: the policy has no category '{name}', so that no text is kept for it.");
            }
        }
    }
}
