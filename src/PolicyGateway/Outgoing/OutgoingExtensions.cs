using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using PolicyGateway.Configuration;
using PolicyGateway.Hosting;
using PolicyGateway.Outgoing.Events;
using PolicyGateway.Outgoing.Webhooks;
using PolicyGateway.Revocation;
using PolicyGateway.State;

namespace PolicyGateway.Outgoing;

internal static class OutgoingExtensions
{
    /// <summary>Adds what others are told: webhooks, and security events of our own.</summary>
    public static IServiceCollection AddOutgoing(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<OutboxOptions>().BindStrictly(configuration, OutboxOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<OutboxOptions>, OutboxOptionsValidator>();
        services.AddOptions<WebhookOptions>()
            .BindStrictly(configuration, WebhookOptions.Section)
            .PostConfigure<IHostEnvironment>(static (options, environment) => options.Receivers.ForEach(receiver =>
                receiver.SecretFile = receiver.SecretFile is { } file ? Path.Combine(environment.ContentRootPath, file) : null))
            .ValidateOnStart();
        services.AddSingleton<IValidateOptions<WebhookOptions>, WebhookOptionsValidator>();
        services.AddSingleton<EventKeys>().AddSingleton<Pseudonyms>().AddSingleton<WebhookBody>();
        services.AddSingleton<DeliveryClient>();
        services.AddSingleton(OutboxOf);
        return services.AddOutbox().AddSingleton<OutboxService>().AddHostedService(static provider => provider.GetRequiredService<OutboxService>());
    }

    /// <summary>Adds the outbox alone, without receivers, for those who write into it.</summary>
    public static IServiceCollection AddOutbox(this IServiceCollection services)
    {
        services.TryAddSingleton<OutboxMetrics>();
        services.TryAddSingleton<OutgoingMessages>();
        services.TryAddSingleton(static provider => new Outbox(
            [], provider.GetRequiredService<OutgoingMessages>(), provider.GetRequiredService<OutboxMetrics>(), provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<Outbox>>()));
        return services;
    }

    /// <summary>Opens the keys of those who are told, and makes those that are missing.</summary>
    /// <exception cref="StateUnavailableException">One of them cannot be read.</exception>
    public static void OpenOutgoingKeys(this IServiceProvider provider)
    {
        if (provider.GetRequiredService<IOptions<RevocationOptions>>().Value.Receivers.Count > 0)
        {
            provider.GetRequiredService<EventKeys>().Open();
        }

        if (provider.GetRequiredService<IOptions<WebhookOptions>>().Value.Receivers.Count > 0)
        {
            provider.GetRequiredService<Pseudonyms>().Open();
        }
    }

    private static Outbox OutboxOf(IServiceProvider provider)
    {
        var (keys, body) = (provider.GetRequiredService<EventKeys>(), provider.GetRequiredService<WebhookBody>());
        var issuer = TransmitterEndpoints.IssuerOf(provider.GetRequiredService<IOptions<GatewayOptions>>().Value.PublicUrl!);
        IEnumerable<IReceiver> receivers =
        [
            .. provider.GetRequiredService<IOptions<RevocationOptions>>().Value.Receivers.Select(receiver => new EventReceiver(receiver, keys, issuer)),
            .. provider.GetRequiredService<IOptions<WebhookOptions>>().Value.Receivers.Select(receiver => new WebhookReceiver(receiver, body)),
        ];
        var (messages, metrics, time) = (provider.GetRequiredService<OutgoingMessages>(), provider.GetRequiredService<OutboxMetrics>(), provider.GetRequiredService<TimeProvider>());
        var (client, options, logger) = (provider.GetRequiredService<DeliveryClient>(), provider.GetRequiredService<IOptions<OutboxOptions>>().Value, provider.GetRequiredService<ILogger<Lane>>());
        return new Outbox([.. receivers.Select(receiver => new Lane(receiver, messages, client, metrics, options, time, logger))], messages, metrics, time, provider.GetRequiredService<ILogger<Outbox>>());
    }
}
