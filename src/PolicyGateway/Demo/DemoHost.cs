using PolicyGateway.Cli;
using PolicyGateway.Hosting;
using PolicyGateway.Identity;

namespace PolicyGateway.Demo;

/// <summary>What the demo needs of the product: an issuer that makes tokens, and the gateway itself.</summary>
internal static class DemoHost
{
    /// <summary>Opens the issuer of the data folder, adds it to the settings, and issues a token for each tier.</summary>
    public static DemoTokens AddIssuer(Dictionary<string, string?> settings, string dataDirectory, TimeProvider time)
    {
        using var issuer = DevelopmentIssuer.Open(dataDirectory, time);
        foreach (var (key, value) in DemoConfiguration.Flatten("Identity:Issuers:0", issuer.AsIssuer([DemoTokens.ProfessionalCredential])))
        {
            settings[key] = value;
        }

        var tokens = DemoTokens.Issue((tier, credentials) => issuer.Issue(new DevelopmentToken(tier)
        {
            Subject = "demo-" + tier,
            Credentials = credentials,
            Lifetime = DemoTokens.Lifetime,
        }));
        return tokens with
        {
            Staff = issuer.Issue(new DevelopmentToken("registered") { Subject = "demo-staff", Roles = ["approver", "operator"], Lifetime = DemoTokens.Lifetime }),
        };
    }

    /// <exception cref="CommandFault">The settings have faults; all of them are named.</exception>
    public static async Task<WebApplication> StartAsync(
        Dictionary<string, string?> settings, string dataDirectory, int port, CancellationToken cancellationToken)
    {
        WebApplication? app = null;
        try
        {
            // The data folder as content root: no appsettings.json of the working directory mixes with the demo's settings.
            app = GatewayHost.Build(new GatewayHostSettings("Development", ContentRoot: dataDirectory, Overrides: settings));
            await GatewayHost.StartAsync(app, cancellationToken);
            return app;
        }
        catch (Exception exception)
        {
            await (app?.DisposeAsync() ?? default);
            if (exception is IOException { InnerException: Microsoft.AspNetCore.Connections.AddressInUseException })
            {
                throw DemoPorts.Busy(port, exception);
            }

            if (StartFaults.Of(exception) is { Count: > 0 } faults)
            {
                throw new CommandFault(string.Join(Environment.NewLine, faults), exception);
            }

            throw;
        }
    }
}
