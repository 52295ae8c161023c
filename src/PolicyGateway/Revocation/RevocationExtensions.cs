using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using PolicyGateway.Access.Joins;
using PolicyGateway.Configuration;
using PolicyGateway.Outgoing;
using PolicyGateway.Privacy;
using PolicyGateway.Telemetry;

namespace PolicyGateway.Revocation;

internal static class RevocationExtensions
{
    /// <summary>Adds what takes back what a token says: revocations, status lists, security events.</summary>
    public static IServiceCollection AddRevocation(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<RevocationOptions>()
            .BindStrictly(configuration, RevocationOptions.Section)
            .PostConfigure<IHostEnvironment>(ResolveFiles)
            .ValidateOnStart();
        services.AddSingleton<IValidateOptions<RevocationOptions>>(_ => new RevocationOptionsValidator(configuration));
        services.TryAddSingleton<GatewayTelemetry>();
        services.AddOutbox();
        services.AddPrivacyKey(configuration);
        services.AddHostedService<RestoredState>();
        services.AddSingleton<JoinedIdentities>().AddHostedService<JoinedIdentitiesService>();
        services.AddSingleton<Revocations>().AddHostedService<RevocationService>();
        services.AddSingleton<StatusListDownload>().AddSingleton<StatusLists>();
        services.AddSingleton<StatusRecheck>().AddHostedService(static provider => provider.GetRequiredService<StatusRecheck>());
        services.AddSingleton<Transmitters>().AddSingleton<SecurityEventReader>().AddSingleton<SecurityEventEffects>().AddSingleton<SecurityEventReceiver>();
        services.AddSingleton<SecurityEventEndpoint>();
        return services.AddSingleton<PollClient>().AddHostedService<SecurityEventPoll>();
    }

    /// <summary>Maps the receiver of pushed events where a transmitter pushes; elsewhere its path does not exist.</summary>
    public static IEndpointRouteBuilder MapSecurityEvents(this IEndpointRouteBuilder endpoints)
    {
        var provider = endpoints.ServiceProvider;
        if (provider.GetRequiredService<IOptions<RevocationOptions>>().Value.Transmitters.Exists(static transmitter => transmitter.Push))
        {
            endpoints.MapPost(SecurityEventEndpoint.Path, (RequestDelegate)provider.GetRequiredService<SecurityEventEndpoint>().AnswerAsync).AllowAnonymous();
        }

        return endpoints;
    }

    private static void ResolveFiles(RevocationOptions options, IHostEnvironment environment)
    {
        foreach (var transmitter in options.Transmitters)
        {
            transmitter.JwksFile = string.IsNullOrWhiteSpace(transmitter.JwksFile) ? null : Path.Combine(environment.ContentRootPath, transmitter.JwksFile);
        }

        foreach (var receiver in options.Receivers)
        {
            receiver.BearerSecretFile = receiver.BearerSecretFile is { } file ? Path.Combine(environment.ContentRootPath, file) : null;
        }
    }
}
