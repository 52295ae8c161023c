using Microsoft.Extensions.Options;
using PolicyGateway.Audit;
using PolicyGateway.Classification;
using PolicyGateway.Policy;
using PolicyGateway.State;

namespace PolicyGateway.Cli;

/// <summary>What keeps the gateway from starting, as sentences for the operator; a bug is none of them.</summary>
internal static class StartFaults
{
    public static IReadOnlyList<string> Of(Exception exception) => exception switch
    {
        AggregateException aggregate => [.. aggregate.InnerExceptions.SelectMany(Of)],
        OptionsValidationException options => [.. options.Failures],
        PolicyException policy => [.. policy.Faults.Select(fault => $"Policy:File {policy.File}: {fault}")],
        BundleException or AuditUnavailableException or StateUnavailableException or FormatException or FileNotFoundException or InvalidDataException => [exception.Message],
        IOException { InnerException: Microsoft.AspNetCore.Connections.AddressInUseException } =>
            [$"{exception.Message} Set Gateway:ListenUrl or Gateway:ManagementUrl to a free port."],
        _ => [],
    };
}
