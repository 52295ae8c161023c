using System.Collections.Frozen;
using PolicyGateway.Access;
using PolicyGateway.Audit;
using PolicyGateway.Classification;
using PolicyGateway.Forwarding;
using PolicyGateway.Guard;
using PolicyGateway.Hosting;
using PolicyGateway.Identity;
using PolicyGateway.Inference;
using PolicyGateway.Outgoing;
using PolicyGateway.Outgoing.Webhooks;
using PolicyGateway.Policy;
using PolicyGateway.Portal;
using PolicyGateway.Privacy;
using PolicyGateway.Revocation;
using PolicyGateway.State;
using PolicyGateway.Telemetry;

namespace PolicyGateway.Cli;

/// <summary>
/// What <c>validate</c> looks at: the configuration, the options of every section, the model bundle, the policy. A fault in
/// one does not hide those of the next.
/// </summary>
internal static class ValidateChecks
{
    private static readonly FrozenSet<string> Sections = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        AccessOptions.Section, AuditOptions.Section, BackendOptions.Section, ClassifierOptions.Section, GatewayOptions.Section, GuardOptions.Section, IdentityOptions.Section,
        ModerationsOptions.Section, OutboxOptions.Section, PolicyOptions.Section, PortalOptions.Section, PrivacyOptions.Section, RetentionOptions.Section, RevocationOptions.Section,
        StateOptions.Section, TelemetryOptions.Section, WebhookOptions.Section, "Logging", "Kestrel", "AllowedHosts", "$schema");

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
            report.Fault("--config", $"The configuration cannot be read: {StartFaults.Causes(e)}");
            return report;
        }

        CheckSections(configuration, settings, report);
        await CheckOptionsAsync(settings, report);
        var profile = await CheckBundleAsync(configuration, report);
        CheckPolicy(configuration, environment, profile, report);
        return report;
    }

    /// <summary>
    /// A section whose name is mistyped is read by nobody, and all that stands in it is as if it were not there. A warning, since
    /// a host may have sections of its own.
    /// </summary>
    private static void CheckSections(IConfiguration configuration, GatewayHostSettings settings, ValidateReport report)
    {
        var files = ((IConfigurationRoot)configuration).Providers.OfType<FileConfigurationProvider>().SelectMany(static file => file.GetChildKeys([], null));
        var overrides = (settings.Overrides ?? new Dictionary<string, string?>()).Keys.Select(static key => key.Split(':')[0]);
        foreach (var name in files.Concat(overrides).Distinct(StringComparer.OrdinalIgnoreCase).Where(static name => !Sections.Contains(name)))
        {
            report.Warn(name, $"{name} is no section of settings that anybody reads: check its spelling.");
        }
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
