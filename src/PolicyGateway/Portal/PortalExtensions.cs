using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Options;
using PolicyGateway.Configuration;
using PolicyGateway.Hosting;
using PolicyGateway.Identity;
using PolicyGateway.Telemetry;

namespace PolicyGateway.Portal;

internal static class PortalExtensions
{
    /// <summary>Adds the pages: options, logins, sessions in memory, forms.</summary>
    public static IServiceCollection AddPortal(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<PortalOptions>()
            .BindStrictly(configuration, PortalOptions.Section)
            .PostConfigure<IHostEnvironment>(static (options, environment) =>
                options.ClientSecretFile = options.ClientSecretFile is { } file ? Path.Combine(environment.ContentRootPath, file) : null)
            .ValidateOnStart();
        services.AddSingleton<IValidateOptions<PortalOptions>, PortalOptionsValidator>();
        services.AddSingleton(SitesOf);
        services.AddSingleton<PortalLinks>();
        services.AddSingleton<Sessions>();
        services.AddSingleton<Logins>();
        services.AddSingleton<TokenRefresh>();
        services.AddSingleton<BackChannelLogout>();
        services.AddSingleton<Visits>();
        services.AddSingleton<People>();
        services.AddSingleton<IConfigureOptions<OpenIdConnectOptions>, OidcLogin>();

        // Nothing that is protected with these keys outlives the sessions, which are in memory.
        services.AddDataProtection().UseEphemeralDataProtectionProvider();
        // It warns, on each page with a form, that it makes caching stricter, which is as strict already.
        services.AddLogging(static logging => logging.AddFilter("Microsoft.AspNetCore.Antiforgery", LogLevel.Error));
        services.AddAntiforgery(static options =>
        {
            options.Cookie.Name = "policygateway-form";
            options.Cookie.SameSite = SameSiteMode.Strict;
            options.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
            options.SuppressXFrameOptionsHeader = true;
        });
        services.AddRazorComponents();
        var authentication = services.AddAuthentication();
        foreach (var name in new[] { "portal", "console" })
        {
            authentication.AddCookie(name + "-session").AddOpenIdConnect(name + "-login", static _ => { });
            services.AddOptions<CookieAuthenticationOptions>(name + "-session").Configure<Sessions, IOptions<PortalOptions>>((cookie, sessions, options) =>
            {
                cookie.SessionStore = sessions;
                cookie.Cookie.Name = "policygateway-" + name;
                cookie.Cookie.Path = "/" + name;
                cookie.Cookie.SameSite = SameSiteMode.Lax;
                cookie.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
                cookie.ExpireTimeSpan = options.Value.SessionLifetime;
                cookie.SlidingExpiration = false;
            });
        }

        return services;
    }

    /// <summary>Maps both sites, where somebody can log in.</summary>
    public static void MapPortal(this WebApplication app)
    {
        var sites = app.Services.GetRequiredService<Sites>();
        if (!sites.Exist)
        {
            return;
        }

        var portal = app.MapGroup(sites.Portal.Root).AddEndpointFilter(Receive(sites.Portal)).ExcludeFromDescription();
        portal.MapLogin(sites.Portal);
        portal.MapBackChannelLogout();
        portal.MapPortalPages(sites.Portal);
        var console = app.MapGroup(sites.Console.Root).AddEndpointFilter(Receive(sites.Console)).ExcludeFromDescription().OnManagementOnly();
        console.MapLogin(sites.Console);
        console.MapConsolePages(sites.Console);
    }

    private static Func<EndpointFilterInvocationContext, EndpointFilterDelegate, ValueTask<object?>> Receive(Site site) => (context, next) =>
    {
        site.Receive(context.HttpContext);
        return next(context);
    };

    private static Sites SitesOf(IServiceProvider provider)
    {
        var (gateway, portal) = (provider.GetRequiredService<IOptions<GatewayOptions>>().Value, provider.GetRequiredService<IOptions<PortalOptions>>().Value);
        var issuers = provider.GetRequiredService<IOptions<IdentityOptions>>().Value.Issuers;
        var provided = issuers.Find(issuer => issuer.Issuer == portal.Issuer)?.DiscoveryAddress();
        var targets = provided is null ? "" : " " + provided.GetLeftPart(UriPartial.Authority);
        return new Sites(
            new Site("portal", gateway.PublicUrl!, targets),
            new Site("console", portal.ConsoleUrl ?? new Uri(gateway.ManagementUrl), targets),
            portal.Issuer is not null,
            issuers.Exists(static issuer => issuer.Development));
    }
}
