using System.Globalization;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using PolicyGateway.Configuration;
using PolicyGateway.Identity;
using PolicyGateway.Telemetry;

namespace PolicyGateway.Hosting;

/// <summary>The options of the whole, and how it stops.</summary>
internal static class HostingExtensions
{
    public static IServiceCollection AddGatewayOptions(this IServiceCollection services, IConfiguration configuration)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddOptions<GatewayOptions>().BindStrictly(configuration, GatewayOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<GatewayOptions>, GatewayOptions.Validator>();
        services.AddSingleton(provider => new BearerChallenge(
            provider.GetRequiredService<IOptions<GatewayOptions>>().Value.PublicUrl!,
            provider.GetRequiredService<IOptions<IdentityOptions>>().Value.Dpop.AcceptedAlgorithms()));
        return services;
    }

    public static IServiceCollection AddDrain(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton<Drain>().AddHostedService(static provider => provider.GetRequiredService<Drain>());
        services.AddHealthChecks().AddCheck<Drain>("drain", tags: [ManagementEndpoints.ReadyTag]);

        // Text, because the host reads its options before anybody could name the faults of ours. The server, the audit and
        // telemetry end after the drain, and need time of their own.
        var drain = TimeSpan.TryParse(configuration[$"{GatewayOptions.Section}:{nameof(GatewayOptions.DrainTimeout)}"], CultureInfo.InvariantCulture, out var value)
            ? value
            : new GatewayOptions().DrainTimeout;
        services.Configure<HostOptions>(host => host.ShutdownTimeout += drain < GatewayOptions.LongestDrain ? drain : GatewayOptions.LongestDrain);
        return services;
    }
}
