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
        BundleException or AuditUnavailableException or StateUnavailableException or FormatException or FileNotFoundException or InvalidDataException => [Causes(exception)],
        IOException { InnerException: Microsoft.AspNetCore.Connections.AddressInUseException } =>
            [$"{exception.Message} Set Gateway:ListenUrl or Gateway:ManagementUrl to a free port."],
        System.Net.Sockets.SocketException socket => [$"Gateway:ListenUrl or Gateway:ManagementUrl names an address that cannot be listened on: {socket.Message}."],
        _ => [],
    };

    /// <summary>What happened, and why: a file that cannot be parsed says where only at the end of its causes.</summary>
    public static string Causes(Exception exception)
    {
        var message = exception.Message;
        for (var cause = exception.InnerException; cause is not null; cause = cause.InnerException)
        {
            message = message.Contains(cause.Message, StringComparison.Ordinal) ? message : $"{message} {cause.Message}";
        }

        return message;
    }
}
