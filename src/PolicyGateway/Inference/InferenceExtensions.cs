using System.Threading.RateLimiting;
using Microsoft.Extensions.Options;
using PolicyGateway.Configuration;
using PolicyGateway.Dialects;
using PolicyGateway.Hosting;

namespace PolicyGateway.Inference;

/// <summary>The request path's services.</summary>
internal static class InferenceExtensions
{
    public static IServiceCollection AddInference(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<ModerationsOptions>().BindStrictly(configuration, ModerationsOptions.Section).ValidateOnStart();
        return services
            .AddSingleton<IValidateOptions<ModerationsOptions>, ModerationsOptions.Validator>()
            .AddSingleton<ModerationLimit>()
            .AddSingleton<ModerationsEndpoint>()
            .AddSingleton<DialectTable>()
            .AddSingleton(static provider => new ConcurrencyLimiter(new ConcurrencyLimiterOptions
            {
                PermitLimit = provider.GetRequiredService<IOptions<GatewayOptions>>().Value.MaxConcurrentRequests,
            }))
            .AddSingleton<RequestReader>()
            .AddSingleton<Judge>()
            .AddSingleton<Refusals>()
            .AddSingleton<Answers>()
            .AddSingleton<StreamRelease>()
            .AddSingleton<GrantUse>()
            .AddSingleton<Recorder>()
            .AddSingleton<Observations>()
            .AddHostedService(static provider => provider.GetRequiredService<Observations>())
            .AddSingleton<RequestRunner>();
    }

    /// <summary>Maps what is enabled; a path that is not is a 404 like any other.</summary>
    public static void MapModerations(this IEndpointRouteBuilder endpoints)
    {
        var services = endpoints.ServiceProvider;
        if (services.GetRequiredService<IOptions<ModerationsOptions>>().Value.Enabled)
        {
            endpoints.MapPost("/v1/moderations", services.GetRequiredService<ModerationsEndpoint>().AnswerAsync);
        }
    }
}
