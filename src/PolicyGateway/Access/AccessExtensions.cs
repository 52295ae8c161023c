using Microsoft.Extensions.Options;
using PolicyGateway.Access.Keys;
using PolicyGateway.Admin;
using PolicyGateway.Configuration;
using PolicyGateway.Hosting;
using PolicyGateway.Identity;

namespace PolicyGateway.Access;

internal static class AccessExtensions
{
    /// <summary>Adds the loop around a decision: requests, approvals, grants, appeals, and who may take away.</summary>
    public static IServiceCollection AddAccess(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<AccessOptions>().BindStrictly(configuration, AccessOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<AccessOptions>, AccessOptionsValidator>();
        services.AddAccessDocuments();
        services.AddSingleton<GrantBook>();
        services.AddSingleton<AccessRequests>();
        services.AddSingleton<ApiKeys>();
        services.AddSingleton<DecisionLookup>();
        services.AddSingleton<Appeals>();
        services.AddSingleton<Standing>();
        services.AddSingleton<AccessMetrics>();
        services.AddHostedService(static provider => provider.GetRequiredService<AccessMetrics>());
        services.AddSingleton<Granting>();
        services.AddSingleton<Revoking>();
        services.AddSingleton(static provider => new AccessApi(
            provider.GetRequiredService<CallerReader>(),
            provider.GetRequiredService<BearerChallenge>(),
            provider.GetRequiredService<IOptions<GatewayOptions>>().Value.PublicUrl!));
        return services;
    }
}
