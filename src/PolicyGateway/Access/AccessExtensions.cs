using Microsoft.Extensions.Options;
using PolicyGateway.Access.Joins;
using PolicyGateway.Access.Keys;
using PolicyGateway.Admin;
using PolicyGateway.Admin.Reads;
using PolicyGateway.Configuration;
using PolicyGateway.Hosting;
using PolicyGateway.Identity;
using PolicyGateway.Outgoing;

namespace PolicyGateway.Access;

internal static class AccessExtensions
{
    /// <summary>Adds the loop around a decision: requests, approvals, grants, appeals, and who may take away.</summary>
    public static IServiceCollection AddAccess(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<AccessOptions>().BindStrictly(configuration, AccessOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<AccessOptions>, AccessOptionsValidator>();
        services.AddAccessDocuments();
        services.AddOutbox();
        services.AddSingleton<Turns>();
        services.AddSingleton<GrantBook>();
        services.AddSingleton<JoinCodes>();
        services.AddSingleton<IdentityJoins>();
        services.AddSingleton<AccessRequests>();
        services.AddSingleton<ApiKeys>();
        services.AddSingleton<KeyScopes>();
        services.AddSingleton<KeyMaking>();
        services.AddSingleton<DecisionLookup>();
        services.AddSingleton<Appeals>();
        services.AddSingleton<PastDecisions>();
        services.AddSingleton<Standing>();
        services.AddSingleton<BreakGlass>();
        services.AddSingleton<Stewardship>();
        services.AddSingleton(MetricsOf);
        services.AddHostedService<AccessMetricsService>();
        services.AddSingleton<ChangeLimit>();
        services.AddSingleton<IdempotencyKeys>();
        services.AddSingleton<Granting>();
        services.AddSingleton<Revoking>();
        services.AddReads();
        services.AddSingleton(static provider => new AccessApi(
            provider.GetRequiredService<CallerReader>(),
            provider.GetRequiredService<BearerChallenge>(),
            provider.GetRequiredService<ChangeLimit>(),
            provider.GetRequiredService<IdempotencyKeys>(),
            provider.GetRequiredService<IOptions<GatewayOptions>>().Value.PublicUrl!));
        return services;
    }

    private static AccessMetrics MetricsOf(IServiceProvider provider)
    {
        var (requests, appeals, glass) = (provider.GetRequiredService<AccessRequests>(), provider.GetRequiredService<Appeals>(), provider.GetRequiredService<BreakGlass>());
        return new AccessMetrics(
            async () => (await requests.InAsync(RequestStatus.Pending, null, AccessMetrics.Most, CancellationToken.None)).Count,
            async () => [.. (await appeals.InAsync(AppealStatus.Open, null, AccessMetrics.Most, CancellationToken.None)).Select(static appeal => appeal.DueAt)],
            async () => (await glass.ToReviewAsync(null, AccessMetrics.Most, CancellationToken.None)).Count,
            provider.GetRequiredService<TimeProvider>());
    }
}
