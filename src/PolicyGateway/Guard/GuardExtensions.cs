using Microsoft.Extensions.Options;
using PolicyGateway.Configuration;

namespace PolicyGateway.Guard;

/// <summary>The guard's services.</summary>
internal static class GuardExtensions
{
    public static IServiceCollection AddGuard(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<GuardOptions>().BindStrictly(configuration, GuardOptions.Section).ValidateOnStart();
        return services.AddSingleton<IValidateOptions<GuardOptions>, GuardOptions.Validator>().AddSingleton<GuardClient>();
    }
}
