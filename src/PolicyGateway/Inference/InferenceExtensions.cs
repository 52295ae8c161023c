using System.Threading.RateLimiting;
using Microsoft.Extensions.Options;
using PolicyGateway.Dialects;
using PolicyGateway.Hosting;

namespace PolicyGateway.Inference;

/// <summary>The request path's services.</summary>
internal static class InferenceExtensions
{
    public static IServiceCollection AddInference(this IServiceCollection services) => services
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
        .AddSingleton<Recorder>();
}
