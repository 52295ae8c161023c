using System.Net;
using System.Net.Mime;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Yarp.ReverseProxy.Forwarder;

namespace PolicyGateway.Cli.Login;

/// <summary>
/// Stands on 127.0.0.1 between an SDK that knows a static key only and the gateway: whoever has the relay's own key asks as
/// whoever is logged in. Answers pass as they come.
/// </summary>
internal sealed class TokenRelay : IAsyncDisposable
{
    /// <summary>The most that the gateway can be set to take. Longer bodies, and those of no said length, are sent once only.</summary>
    private const int MostReplayed = 64 * 1024 * 1024;

    /// <summary>How long answers that are under way may go on when the command ends.</summary>
    public static readonly TimeSpan LastPatience = TimeSpan.FromSeconds(30);

    // The gateway holds an answer for as long as its own limits let it.
    private static readonly ForwarderRequestConfig Patient = new() { ActivityTimeout = TimeSpan.FromHours(1) };

    private readonly WebApplication _app;
    private readonly HttpMessageInvoker _gateway;
    private readonly IHttpForwarder _forwarder;
    private readonly RelayTransformer _transformer;
    private readonly string _prefix;
    private readonly RelayDoor _door;
    private readonly FreshTokens _tokens;
    private int _underWay;

    private TokenRelay(Uri gateway, int port, RelayDoor door, FreshTokens tokens, StepUpNotice notice)
    {
        (_prefix, _door, _tokens) = (gateway.GetLeftPart(UriPartial.Path).TrimEnd('/'), door, tokens);
        _transformer = new RelayTransformer(notice);
        _gateway = new HttpMessageInvoker(new ProvingHandler(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            UseCookies = false,
            ActivityHeadersPropagator = null,
        }));

        // An empty one: no setting or variable of this folder must decide where it listens.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton<IHostLifetime, DeafLifetime>();
        builder.Services.Configure<HostOptions>(static host => host.ShutdownTimeout = LastPatience);
        builder.Services.AddHttpForwarder();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.Listen(IPAddress.Loopback, port);
        });
        _app = builder.Build();
        _app.Run(async context =>
        {
            Interlocked.Increment(ref _underWay);
            try
            {
                await RelayAsync(context);
            }
            finally
            {
                Interlocked.Decrement(ref _underWay);
            }
        });
        _forwarder = _app.Services.GetRequiredService<IHttpForwarder>();
    }

    public Uri Address => new(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    /// <summary>How many requests have no whole answer yet.</summary>
    public int UnderWay => Volatile.Read(ref _underWay);

    /// <exception cref="CommandFault">The port is somebody's.</exception>
    public static async Task<TokenRelay> StartAsync(Uri gateway, int port, RelayDoor door, FreshTokens tokens, StepUpNotice notice, CancellationToken cancellationToken)
    {
        var relay = new TokenRelay(gateway, port, door, tokens, notice);
        try
        {
            await relay._app.StartAsync(cancellationToken);
            return relay;
        }
        catch (IOException fault) when (fault.InnerException is AddressInUseException)
        {
            await relay.DisposeAsync();
            throw new CommandFault($"--port: somebody listens on {port} already. Name another port; 0 picks a free one.", fault);
        }
    }

    /// <summary>Comes back when it was told to stop.</summary>
    public Task WaitAsync(CancellationToken cancellationToken) => _app.WaitForShutdownAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _gateway.Dispose();
    }

    private static Task RefuseAsync(HttpContext context, TokenFault fault)
    {
        context.Response.StatusCode = fault.Status;
        if (fault.Status == StatusCodes.Status401Unauthorized)
        {
            context.Response.Headers.WWWAuthenticate = "Bearer";
            context.Response.Headers["x-should-retry"] = "false";
        }

        // In a shape that the SDKs of all protocols find a sentence in.
        var kind = fault.Status switch
        {
            StatusCodes.Status400BadRequest => "invalid_request_error",
            StatusCodes.Status401Unauthorized => "authentication_error",
            _ => "api_error",
        };
        return context.Response.WriteAsJsonAsync(new { type = "error", error = new { type = kind, code = fault.Code, message = fault.Message } }, options: null, MediaTypeNames.Application.Json);
    }

    /// <summary>A body that may have to be sent again, since the gateway can ask for a nonce in the proof; null where it is sent as it comes.</summary>
    private static async Task<byte[]?> BodyAsync(HttpContext context)
    {
        if (context.Request.ContentLength is not { } length || length > MostReplayed || context.Features.Get<IHttpUpgradeFeature>()?.IsUpgradableRequest == true)
        {
            return null;
        }

        var body = new byte[length];
        await context.Request.Body.ReadExactlyAsync(body, context.RequestAborted);
        return body;
    }

    private async Task RelayAsync(HttpContext context)
    {
        if (_door.Refusal(context.Request) is { } refusal)
        {
            await RefuseAsync(context, refusal);
            return;
        }

        var (token, fault) = await _tokens.GetAsync(context.RequestAborted);
        if (token is null)
        {
            await RefuseAsync(context, fault!);
            return;
        }

        RelayTransformer.Give(context, token, token.Key is null ? null : await BodyAsync(context));
        var error = await _forwarder.SendAsync(context, _prefix, _gateway, Patient, _transformer, context.RequestAborted);
        if (error != ForwarderError.None && !context.Response.HasStarted && !context.RequestAborted.IsCancellationRequested)
        {
            await RefuseAsync(context, new TokenFault(context.Response.StatusCode, "gateway_unavailable", $"The gateway {_prefix} does not answer ({error})."));
        }
    }
}
