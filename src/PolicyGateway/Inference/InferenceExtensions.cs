using PolicyGateway.Dialects;

namespace PolicyGateway.Inference;

/// <summary>The request path's services.</summary>
internal static class InferenceExtensions
{
    public static IServiceCollection AddInference(this IServiceCollection services) => services
        .AddSingleton<DialectTable>()
        .AddSingleton<RequestReader>()
        .AddSingleton<Judge>()
        .AddSingleton<Refusals>()
        .AddSingleton<Answers>()
        .AddSingleton<PassThrough>()
        .AddSingleton<Recorder>();
}
