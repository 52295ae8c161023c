using System.Globalization;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using PolicyGateway.Classification;
using PolicyGateway.Configuration;
using PolicyGateway.Identity;
using PolicyGateway.Telemetry;

namespace PolicyGateway.Hosting;

/// <summary>The options of the whole, and the classifier's place in the application.</summary>
internal static class HostingExtensions
{
    public static IServiceCollection AddGatewayOptions(this IServiceCollection services, IConfiguration configuration)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddOptions<GatewayOptions>().BindStrictly(configuration, GatewayOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<GatewayOptions>, GatewayOptions.Validator>();
        services.AddSingleton(provider => new BearerChallenge(provider.GetRequiredService<IOptions<GatewayOptions>>().Value.PublicUrl!));
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

    public static IServiceCollection AddClassification(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<ClassifierOptions>().BindStrictly(configuration, ClassifierOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<ClassifierOptions>, ClassifierOptionsValidator>();
        services.AddSingleton<IClassifier>(provider => Classifiers.Load(
            provider.GetRequiredService<IOptions<ClassifierOptions>>().Value, provider.GetRequiredService<TimeProvider>()));
        services.AddHostedService<ClassifierWarmUp>();
        return services;
    }

    private sealed class ClassifierOptionsValidator : IValidateOptions<ClassifierOptions>
    {
        public ValidateOptionsResult Validate(string? name, ClassifierOptions options) =>
            options.Validate() is { Count: > 0 } faults ? ValidateOptionsResult.Fail(faults) : ValidateOptionsResult.Success;
    }

    /// <summary>Warms the classifier while the server starts; readiness waits for it.</summary>
    private sealed class ClassifierWarmUp(IClassifier classifier) : BackgroundService
    {
        protected override Task ExecuteAsync(CancellationToken stoppingToken) => classifier.WarmUpAsync(stoppingToken);
    }
}
