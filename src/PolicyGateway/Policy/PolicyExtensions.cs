using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using PolicyGateway.Configuration;

namespace PolicyGateway.Policy;

/// <summary>Adds the policy; a <c>TierLadder</c> and a <c>ClassifierStore</c> are expected beside it.</summary>
internal static class PolicyExtensions
{
    public static IServiceCollection AddPolicy(this IServiceCollection services, IConfiguration configuration)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddOptions<PolicyOptions>().BindStrictly(configuration, PolicyOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<PolicyOptions>, PolicyOptionsValidator>();
        services.AddSingleton<PolicyStore>();
        services.AddSingleton<IPolicySource>(provider => provider.GetRequiredService<PolicyStore>());
        services.AddHostedService(provider => provider.GetRequiredService<PolicyStore>());
        return services;
    }
}
