using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using PolicyGateway.Configuration;

namespace PolicyGateway.State;

internal static class StateExtensions
{
    /// <summary>Adds the store; it is opened when it is first asked for, and a fault stops the start.</summary>
    public static IServiceCollection AddState(this IServiceCollection services, IConfiguration configuration)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<IValidateOptions<StateOptions>, StateOptionsValidator>();
        services.AddOptions<StateOptions>()
            .BindStrictly(configuration, StateOptions.Section)
            .PostConfigure(options => options.ResolvePaths(configuration["Gateway:DataDirectory"] ?? "data"))
            .ValidateOnStart();
        services.AddSingleton(static provider => new WatchedStateStore(SqliteStateStore.Open(
            provider.GetRequiredService<IOptions<StateOptions>>().Value, provider.GetRequiredService<TimeProvider>())));
        services.AddSingleton<IStateStore>(static provider => provider.GetRequiredService<WatchedStateStore>());
        return services;
    }

    /// <summary>The options as <see cref="AddState"/> makes them, for commands that run without a host.</summary>
    public static StateOptions ReadStateOptions(this IConfiguration configuration) =>
        (configuration.GetSection(StateOptions.Section).Get<StateOptions>() ?? new StateOptions())
            .ResolvePaths(configuration["Gateway:DataDirectory"] ?? "data");
}
