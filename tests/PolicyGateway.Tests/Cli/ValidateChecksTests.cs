using PolicyGateway.Cli;
using PolicyGateway.Hosting;

namespace PolicyGateway.Tests.Cli;

public sealed class ValidateChecksTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("policygateway-validate-").FullName;

    private readonly Dictionary<string, string?> _settings = new()
    {
        ["Gateway:PublicUrl"] = "https://llm.example.com",
        ["Policy:File"] = RepositoryFiles.Require(RepositoryFiles.Policy, "Policy:File"),
        ["Classifier:Bundle"] = RepositoryFiles.Require(RepositoryFiles.Bundle, "Classifier:Bundle"),
        ["Backends:Clusters:main:Destinations:0"] = "https://models.example.com",
        ["Backends:Models:large:Cluster"] = "main",
    };

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task The_shipped_policy_and_model_are_valid_and_nested_categories_are_warned_of()
    {
        var report = await RunAsync();

        Assert.Empty(report.Faults);
        Assert.Contains(report.Warnings, warning => warning.Key.StartsWith("categories.cyber.exploitation", StringComparison.Ordinal)
            && warning.Message.Contains("the score of 'cyber' stands for it", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_value_that_cannot_be_read_and_a_misspelt_key_hide_no_other_fault()
    {
        _settings["Gateway:MaxHold"] = "abc";
        _settings["Gateway:MaxChoices"] = "0";
        _settings["Telemetry:SampleRato"] = "0.5";
        _settings["Classifier:Lanes"] = "many";
        _settings["Identity:Issuers:0:Nmae"] = "corporate";

        var report = await RunAsync();

        foreach (var key in new[] { "Gateway:MaxHold", "Gateway:MaxChoices", "Telemetry:SampleRato", "Classifier:Lanes", "Identity:Issuers" })
        {
            Assert.Contains(report.Faults, fault => fault.Message.Contains(key, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task A_sealed_category_that_the_policy_does_not_have_is_warned_of()
    {
        _settings["Audit:SealedEvidence:KeyFile"] = Path.Combine(_folder, "evidence.key");
        _settings["Audit:SealedEvidence:Categories:0"] = "cyber";
        _settings["Audit:SealedEvidence:Categories:1"] = "cyber.exploitaton";

        var report = await RunAsync();

        Assert.Empty(report.Faults);
        Assert.Contains("'cyber.exploitaton'", Assert.Single(report.Warnings, static warning => warning.Key == "Audit:SealedEvidence:Categories").Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_only_looks_so_that_a_running_gateway_is_not_in_its_way_nor_it_in_a_new_ones()
    {
        _settings["Gateway:DataDirectory"] = Path.Combine(_folder, "data");

        Assert.Empty((await RunAsync()).Faults);

        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder));
    }

    [Fact]
    public async Task A_value_of_another_form_is_named_by_its_whole_key()
    {
        _settings["Identity:Issuers:0:Name"] = "corporate";
        _settings["Identity:Issuers:0:Roles:operator"] = "operator";
        _settings["Identity:Issuers:0:MaxTiers"] = "verified";

        var report = await RunAsync();

        Assert.Contains(report.Faults, static fault => fault.Message.StartsWith("Identity:Issuers:0:Roles:operator ", StringComparison.Ordinal));
        Assert.Contains(report.Faults, static fault => fault.Message.StartsWith("Identity:Issuers:0:MaxTiers ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_value_of_another_form_in_one_item_of_a_list_hides_no_fault_of_the_others()
    {
        _settings["Identity:Issuers:0:Name"] = "first";
        _settings["Identity:Issuers:0:Audiences"] = "policygateway";
        _settings["Identity:Issuers:1:Name"] = "second";
        _settings["Identity:Issuers:1:MaxTier"] = "emperor";
        _settings["Identity:Issuers:1:Tiers:verified"] = "staff";

        var report = await RunAsync();

        Assert.Contains(report.Faults, static fault => fault.Message.StartsWith("Identity:Issuers:0:Audiences ", StringComparison.Ordinal));
        Assert.Contains(report.Faults, static fault => fault.Message.Contains("emperor", StringComparison.Ordinal));
        Assert.Contains(report.Faults, static fault => fault.Message.StartsWith("Identity:Issuers:1:Tiers:verified has another shape", StringComparison.Ordinal));
        Assert.DoesNotContain(report.Faults, static fault => fault.Message.Contains("ErrorOnUnknownConfiguration", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_section_that_is_a_value_is_a_fault_and_one_that_nobody_reads_is_warned_of()
    {
        _settings["Audit"] = "3";
        _settings["Identty:Issuers:0:Name"] = "corporate";

        var report = await RunAsync();

        Assert.Contains(report.Faults, static fault => fault.Message == "Audit is a section of settings, and no value.");
        Assert.Contains(report.Warnings, static warning => warning.Key == "Identty");
    }

    [Fact]
    public async Task A_candidate_that_does_not_verify_is_named_by_its_own_setting()
    {
        _settings["Classifier:Candidate:Bundle"] = _settings["Classifier:Bundle"];
        Assert.Empty((await RunAsync()).Faults);
        _settings["Classifier:Candidate:ManifestSha256"] = new string('0', 64);

        var fault = Assert.Single((await RunAsync()).Faults);

        Assert.Equal("Classifier:Candidate:Bundle", fault.Key);
        Assert.Contains("but Classifier:Candidate:ManifestSha256 pins 0000", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_backends_key_goes_into_a_header_that_is_known_for_it()
    {
        _settings["Backends:Clusters:main:ApiKeyHeader"] = "cookie";

        var report = await RunAsync();

        Assert.Contains(report.Faults, fault => fault.Message.Contains(
            "Backends:Clusters:main:ApiKeyHeader must be one of Authorization, x-api-key, api-key, x-goog-api-key.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Faults_of_every_section_of_the_bundle_and_of_the_policy_are_named_at_once()
    {
        var policy = Path.Combine(_folder, "faulty.json");
        await File.WriteAllTextAsync(policy, """{ "name": "faulty", "categories": { "cyber": { "requires": { "tier": "wizard", "any_of": [] } } } }""");
        _settings["Policy:File"] = policy;
        _settings["Classifier:Bundle"] = Path.Combine(_folder, "no-bundle");
        _settings["Gateway:MaxChoices"] = "0";
        _settings["Backends:Models:large:Cluster"] = "no-such-cluster";
        _settings["Telemetry:SampleRatio"] = "7";

        var report = await RunAsync();

        foreach (var key in new[]
        {
            "Gateway:MaxChoices", "Backends:Models:large:Cluster", "Telemetry:SampleRatio", "Classifier:Bundle", "categories.cyber.requires.tier",
        })
        {
            Assert.Contains(report.Faults, fault => fault.Key == key);
        }
    }

    [Fact]
    public async Task A_configuration_that_is_no_json_is_one_fault()
    {
        var file = Path.Combine(_folder, "broken.json");
        await File.WriteAllTextAsync(file, """{ "Gateway": """);

        var report = await ValidateChecks.RunAsync(new GatewayHostSettings("Production", file, _settings, ContentRoot: _folder));

        var fault = Assert.Single(report.Faults).Message;
        Assert.Contains("broken.json", fault, StringComparison.Ordinal);
        Assert.Contains("LineNumber: 0", fault, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_development_issuer_is_a_fault_outside_the_development_environment()
    {
        _settings["Identity:Issuers:0:Name"] = "development";
        _settings["Identity:Issuers:0:Issuer"] = "https://development.policygateway.invalid";
        _settings["Identity:Issuers:0:Development"] = "true";
        _settings["Identity:Issuers:0:JwksFile"] = Path.Combine(_folder, "keys.json");
        _settings["Identity:Issuers:0:Audiences:0"] = "policygateway";

        var report = await RunAsync();

        Assert.Contains(report.Faults, fault => fault.Key.StartsWith("Identity:Issuers:0", StringComparison.Ordinal)
            && fault.Message.Contains("Development", StringComparison.Ordinal));
    }

    private Task<ValidateReport> RunAsync() =>
        ValidateChecks.RunAsync(new GatewayHostSettings("Production", Overrides: _settings, ContentRoot: _folder));
}
