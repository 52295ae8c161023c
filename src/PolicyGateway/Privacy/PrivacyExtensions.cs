using Microsoft.Extensions.Options;
using PolicyGateway.Configuration;

namespace PolicyGateway.Privacy;

internal static class PrivacyExtensions
{
    /// <summary>Adds what is done with what the gateway knows of people: names towards backends, how long it is kept, export and erasure.</summary>
    public static IServiceCollection AddPrivacy(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddPrivacyKey(configuration);
        services.AddOptions<RetentionOptions>().BindStrictly(configuration, RetentionOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<RetentionOptions>, RetentionOptions.Validator>();
        services.AddSingleton<PrivacyMetrics>().AddSingleton<Retention>().AddHostedService<RetentionService>();
        services.AddSingleton<Export>().AddSingleton<RecordedExport>().AddSingleton<PersonInState>().AddSingleton<PersonInAudit>().AddSingleton<PersonInMemory>().AddSingleton<Erasure>();
        return services;
    }

    /// <summary>Adds the key alone, once, for those who name people by it.</summary>
    public static IServiceCollection AddPrivacyKey(this IServiceCollection services, IConfiguration configuration)
    {
        if (services.Any(static service => service.ServiceType == typeof(PrivacyKey)))
        {
            return services;
        }

        services.AddSingleton<IValidateOptions<PrivacyOptions>, PrivacyOptionsValidator>();
        services.AddOptions<PrivacyOptions>()
            .BindStrictly(configuration, PrivacyOptions.Section)
            .PostConfigure(options => options.ResolvePaths(configuration["Gateway:DataDirectory"] ?? "data"))
            .ValidateOnStart();
        services.AddSingleton(static provider => PrivacyKey.Open(provider.GetRequiredService<IOptions<PrivacyOptions>>().Value));
        return services;
    }
}
