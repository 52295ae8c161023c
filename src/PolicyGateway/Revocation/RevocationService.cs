namespace PolicyGateway.Revocation;

/// <summary>Reads what was revoked before anybody is answered.</summary>
internal sealed class RevocationService(Revocations revocations) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken) => revocations.LoadAsync(cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}

internal static class RevocationExtensions
{
    public static IServiceCollection AddRevocation(this IServiceCollection services) =>
        services.AddSingleton<Revocations>().AddHostedService<RevocationService>();
}
