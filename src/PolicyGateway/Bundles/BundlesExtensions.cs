using Microsoft.Extensions.Options;
using PolicyGateway.Classification;
using PolicyGateway.Configuration;

namespace PolicyGateway.Bundles;

/// <summary>Adds the classifier, and what takes another one while the gateway runs.</summary>
internal static class BundlesExtensions
{
    public static IServiceCollection AddClassification(this IServiceCollection services, IConfigurationManager configuration)
    {
        services.AddOptions<ClassifierOptions>().BindStrictly(configuration, ClassifierOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<ClassifierOptions>, ClassifierOptionsValidator>();
        services.AddSingleton(provider => new BundleSource(configuration, provider.GetRequiredService<IOptions<ClassifierOptions>>().Value));
        services.AddSingleton(static provider =>
        {
            provider.GetRequiredService<BundleSource>();
            return new ClassifierStore(Classifiers.Load(
                provider.GetRequiredService<IOptions<ClassifierOptions>>().Value, provider.GetRequiredService<TimeProvider>()));
        });
        services.AddSingleton<CandidateJudge>();
        services.AddSingleton<BundleWatch>();
        services.AddHostedService(static provider => provider.GetRequiredService<BundleWatch>());
        return services;
    }

    private sealed class ClassifierOptionsValidator : IValidateOptions<ClassifierOptions>
    {
        public ValidateOptionsResult Validate(string? name, ClassifierOptions options) =>
            options.Validate() is { Count: > 0 } faults ? ValidateOptionsResult.Fail(faults) : ValidateOptionsResult.Success;
    }
}
