using Microsoft.Extensions.Options;
using PolicyGateway.Access;
using PolicyGateway.Admin;
using PolicyGateway.Audit;
using PolicyGateway.Bundles;
using PolicyGateway.Dialects;
using PolicyGateway.Forwarding;
using PolicyGateway.Guard;
using PolicyGateway.Identity;
using PolicyGateway.Inference;
using PolicyGateway.Outgoing;
using PolicyGateway.Outgoing.Events;
using PolicyGateway.Policy;
using PolicyGateway.Portal;
using PolicyGateway.Privacy;
using PolicyGateway.Revocation;
using PolicyGateway.State;
using PolicyGateway.Telemetry;

namespace PolicyGateway.Hosting;

/// <summary>The application: services, the order of the pipeline, endpoints.</summary>
internal static class GatewayHost
{
    /// <exception cref="AggregateException">Settings have faults; all of them are named.</exception>
    public static WebApplication Build(GatewayHostSettings settings)
    {
        var app = Compose(settings);
        Configure(app);
        return app;
    }

    /// <summary>Only looks: nothing is opened, which a running gateway may have, and nothing is made.</summary>
    /// <exception cref="AggregateException">Settings have faults; all of them are named.</exception>
    public static async Task CheckAsync(GatewayHostSettings settings)
    {
        await using var app = Compose(settings);
    }

    private static WebApplication Compose(GatewayHostSettings settings)
    {
        var builder = CreateBuilder(settings);
        AddServices(builder, settings);
        var app = builder.Build();
        app.Services.GetRequiredService<IStartupValidator>().Validate();
        return app;
    }

    /// <summary>
    /// Loads what must be sound before anybody listens, and starts. Loaded here and not by the host, which would write each
    /// failure to the log with its stack before we can say what to mend.
    /// </summary>
    public static Task StartAsync(WebApplication app, CancellationToken cancellationToken)
    {
        app.Services.GetRequiredService<PolicyStore>().TryReload();
        app.Services.GetRequiredService<IAuditLog>();
        app.Services.GetRequiredService<IStateStore>();
        app.Services.OpenOutgoingKeys();
        app.Services.GetRequiredService<PrivacyKey>();
        return app.StartAsync(cancellationToken);
    }

    private static void AddServices(WebApplicationBuilder builder, GatewayHostSettings settings)
    {
        var (services, configuration) = (builder.Services, builder.Configuration);
        services.AddGatewayOptions(configuration);
        services.AddGatewayTelemetry(configuration);
        services.AddState(configuration);
        services.AddPrivacy(configuration);
        services.AddIdentity(configuration);
        services.AddRevocation(configuration);
        services.AddAccess(configuration);
        services.AddPortal(configuration);
        services.AddOutgoing(configuration);
        services.AddClassification(configuration);
        services.AddPolicy(configuration);
        services.AddGuard(configuration);
        services.AddAudit(configuration);
        services.AddForwarding(configuration);
        services.AddInference(configuration);
        services.AddDrain(configuration);
        settings.Configure?.Invoke(services);
    }

    private static void Configure(WebApplication app)
    {
        var options = app.Services.GetRequiredService<IOptions<GatewayOptions>>().Value;

        // What UseAuthentication leaves behind. The request path authenticates where it reads the caller and endpoints that need
        // no caller do not; without the mark the builder puts a second authentication before every request.
        ((IApplicationBuilder)app).Properties["__AuthenticationMiddlewareSet"] = true;

        app.UseMiddleware<ServerSpanMiddleware>();
        app.UseExceptionHandler(new ExceptionHandlerOptions { ExceptionHandler = AnswerFailureAsync, AllowStatusCode404Response = true });
        var certificates = app.Services.GetRequiredService<ClientCertificates>();
        app.Use((context, next) =>
        {
            certificates.Take(context);
            IdentityHeaders.Strip(context.Request.Headers);
            return next(context);
        });
        app.UseRouting();

        app.MapManagement();
        app.MapAdmin();
        app.MapAccess();
        app.MapPortal();
        var links = app.Services.GetRequiredService<PortalLinks>();
        var vouchers = app.Services.GetRequiredService<Vouchers>();
        app.MapRequirements(vouchers, links.Verification(null), links.Appeal(null));
        app.MapProtectedResourceMetadata(
            options.PublicUrl!, () => RequirementsDocument.Categories(app.Services.GetRequiredService<IPolicySource>().Current, vouchers));
        app.MapSecurityEvents();
        app.MapTransmitter();
        app.MapModels();
        app.MapModerations();
        app.MapReverseProxy(static proxy =>
        {
            proxy.UseMiddleware<InferenceMiddleware>();
            proxy.UsePassiveHealthChecks();
        });
        app.MapFallback("{**path}", static context =>
        {
            var (dialects, id) = (context.RequestServices.GetRequiredService<DialectTable>(), NewId(context));
            return AnswersOf(context).WriteErrorAsync(context, dialects.Nearest(context.Request), id, UnsupportedEndpoint(dialects));
        });
    }

    private static GatewayError UnsupportedEndpoint(DialectTable dialects) => new(
        StatusCodes.Status404NotFound, "invalid_request_error", "unsupported_endpoint",
        $"This gateway serves {string.Join(", ", dialects.Routes.Select(static route => $"POST {route.Path}"))} and GET /v1/models.");

    /// <summary>The configuration as every command reads it, before any service.</summary>
    public static WebApplicationBuilder CreateBuilder(GatewayHostSettings settings)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions
        {
            ApplicationName = typeof(GatewayHost).Assembly.GetName().Name,
            EnvironmentName = settings.EnvironmentName,
            ContentRootPath = settings.ContentRoot,

            // Settings are read once, but for those of the classifier (BundleSource). Watching their folder would also wake on every write of an audit that lies below it.
            Args = ["--hostBuilder:reloadConfigOnChange=false"],
        });
        if (settings.ConfigFile is { } file)
        {
            builder.Configuration.AddJsonFile(Path.GetFullPath(file), optional: false);
        }

        builder.Configuration.AddInMemoryCollection(settings.Overrides);

        // Only what is text: a value that cannot be read is named by the options' validation, with every other fault.
        var (defaults, section) = (new GatewayOptions(), builder.Configuration.GetSection(GatewayOptions.Section));
        builder.WebHost.UseUrls(
            section[nameof(GatewayOptions.ListenUrl)] ?? defaults.ListenUrl, section[nameof(GatewayOptions.ManagementUrl)] ?? defaults.ManagementUrl);
        builder.WebHost.ConfigureKestrel(static kestrel => kestrel.AddServerHeader = false);

        builder.Services.PostConfigure<LoggerFilterOptions>(KeepTextOut);
        return builder;
    }

    /// <summary>
    /// The framework's own line for each request carries the query, where a key may stand. YARP logs the exceptions of a backend's
    /// connection, whose messages quote the line that could not be parsed: text, where a backend is out of step; its failures
    /// stand in spans, metrics and the audit. A rule for one provider goes before any for all, so each gets its own.
    /// </summary>
    private static void KeepTextOut(LoggerFilterOptions options)
    {
        foreach (var provider in options.Rules.Select(static rule => rule.ProviderName).Append(null).Distinct().ToArray())
        {
            options.Rules.Add(new LoggerFilterRule(provider, "Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.Warning, filter: null));
            options.Rules.Add(new LoggerFilterRule(provider, "Yarp.ReverseProxy.Forwarder.HttpForwarder", LogLevel.None, filter: null));
            options.Rules.Add(new LoggerFilterRule(provider, "Yarp.ReverseProxy.Health.ActiveHealthCheckMonitor", LogLevel.None, filter: null));
        }
    }

    private static string NewId(HttpContext context) => DecisionIds.New(context.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow());

    private static Answers AnswersOf(HttpContext context) => context.RequestServices.GetRequiredService<Answers>();

    private static Task AnswerFailureAsync(HttpContext context)
    {
        var dialect = context.RequestServices.GetRequiredService<DialectTable>().Nearest(context.Request);
        var id = context.Features.Get<RequestRecord>()?.DecisionId ?? NewId(context);
        return AnswersOf(context).WriteErrorAsync(context, dialect, id, new GatewayError(
            StatusCodes.Status500InternalServerError, "server_error", "internal_error", "The gateway failed; nothing was released.")
        {
            DecisionId = id,
            IsFinal = true,
        });
    }
}

/// <summary>What a command decides about the application before its configuration is read.</summary>
/// <param name="EnvironmentName">The host environment; null takes ASPNETCORE_ENVIRONMENT, else Production.</param>
/// <param name="ConfigFile">A configuration file that is read after appsettings.json; null for none.</param>
/// <param name="Overrides">Settings that win over every file and variable.</param>
/// <param name="Configure">Replaces services, for tests.</param>
/// <param name="ContentRoot">The folder of appsettings.json, which relative paths count from; null takes the working directory.</param>
internal sealed record GatewayHostSettings(
    string? EnvironmentName = null,
    string? ConfigFile = null,
    IReadOnlyDictionary<string, string?>? Overrides = null,
    Action<IServiceCollection>? Configure = null,
    string? ContentRoot = null);
