using System.Reflection;
using System.Text.Json;
using System.Text.RegularExpressions;
using PolicyGateway.Access;
using PolicyGateway.Audit;
using PolicyGateway.Classification;
using PolicyGateway.Forwarding;
using PolicyGateway.Guard;
using PolicyGateway.Hosting;
using PolicyGateway.Identity;
using PolicyGateway.Identity.Evidence;
using PolicyGateway.Identity.Passports;
using PolicyGateway.Inference;
using PolicyGateway.Outgoing;
using PolicyGateway.Outgoing.Events;
using PolicyGateway.Outgoing.Webhooks;
using PolicyGateway.Policy;
using PolicyGateway.Privacy;
using PolicyGateway.Revocation;
using PolicyGateway.State;
using PolicyGateway.Telemetry;

namespace PolicyGateway.Tests.Hosting;

public sealed partial class ConfigurationDocumentTests
{
    [Theory]
    [InlineData("Gateway", typeof(GatewayOptions))]
    [InlineData("Identity", typeof(IdentityOptions))]
    [InlineData("Identity", typeof(IssuerOptions))]
    [InlineData("Identity", typeof(AssuranceOptions))]
    [InlineData("Identity", typeof(PassportOptions))]
    [InlineData("Identity", typeof(VisaIssuerOptions))]
    [InlineData("Identity", typeof(VisaRuleOptions))]
    [InlineData("Identity", typeof(DpopOptions))]
    [InlineData("Policy", typeof(PolicyOptions))]
    [InlineData("Classifier", typeof(ClassifierOptions))]
    [InlineData("Classifier", typeof(CandidateOptions))]
    [InlineData("Backends", typeof(BackendOptions))]
    [InlineData("Backends", typeof(ClusterOptions))]
    [InlineData("Backends", typeof(SignalOptions))]
    [InlineData("Backends", typeof(ModelOptions))]
    [InlineData("Guard", typeof(GuardOptions))]
    [InlineData("Moderations", typeof(ModerationsOptions))]
    [InlineData("Audit", typeof(AuditOptions))]
    [InlineData("Audit", typeof(SealedEvidenceOptions))]
    [InlineData("Access", typeof(AccessOptions))]
    [InlineData("State", typeof(StateOptions))]
    [InlineData("Retention", typeof(RetentionOptions))]
    [InlineData("Privacy", typeof(PrivacyOptions))]
    [InlineData("Revocation", typeof(RevocationOptions))]
    [InlineData("Revocation", typeof(TransmitterOptions))]
    [InlineData("Revocation", typeof(EventReceiverOptions))]
    [InlineData("Webhooks", typeof(WebhookOptions))]
    [InlineData("Webhooks", typeof(WebhookReceiverOptions))]
    [InlineData("Outbox", typeof(OutboxOptions))]
    [InlineData("Telemetry", typeof(TelemetryOptions))]
    public void Every_key_is_in_its_section_of_the_configuration_document(string section, Type options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var text = Headings().Split(ConventionTests.ReadDocument("docs/configuration.md"))
            .Single(part => part.StartsWith(section + "\n", StringComparison.Ordinal));
        var missing = options.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(key => key.CanWrite && key.DeclaringType == options)
            .Where(key => !Regex.IsMatch(text, $@"`(\w+:)?{key.Name}(:\w+)?`", RegexOptions.None, TimeSpan.FromSeconds(1)))
            .Select(key => key.Name);

        Assert.Empty(missing);
    }

    [Fact]
    public void The_example_of_roles_gives_every_one()
    {
        var example = JsonBlocks().Matches(ConventionTests.ReadDocument("docs/configuration.md")).Select(static block => block.Groups[1].Value).Single(static block => block.Contains("\"RolesClaim\"", StringComparison.Ordinal));
        using var settings = JsonDocument.Parse($"{{{example}}}");
        var roles = settings.RootElement.GetProperty("Roles").EnumerateObject().ToList();

        Assert.Equal(Enum.GetNames<Role>().Select(static role => role.ToLowerInvariant()).Order(), roles.Select(static role => role.Name).Order());
        Assert.All(roles, static role => Assert.NotEmpty(role.Value.EnumerateArray()));
    }

    [GeneratedRegex("^## ", RegexOptions.Multiline)]
    private static partial Regex Headings();

    [GeneratedRegex(@"^```json\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex JsonBlocks();
}
